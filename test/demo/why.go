package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// nodeMemory is what each node has, in bytes.
const nodeMemory = 64 << 30

// viewer is an account that may ask the API, and nothing else.
const viewer = "curious"

const viewerManifest = `apiVersion: v1
kind: ServiceAccount
metadata: {name: curious, namespace: telemetry-scheduler}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: curious}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: telemetry-scheduler-viewer}
subjects:
- {kind: ServiceAccount, name: curious, namespace: telemetry-scheduler}
`

// extra is the pod that comes after the burst, and waits to the end.
const extra = "extra"

// apiSaysWhy sends one more pod of the burst to the pool busy, where telemetry still
// shows room for it, and asks why it waits.
func (s *stage) apiSaysWhy(ctx context.Context, c *claim) error {
	if _, err := s.bed.AddPod(ctx, on(bursting(extra, testbed.SchedulerName), "pool", busyPool)); err != nil {
		return err
	}
	if _, err := s.eventOf(ctx, extra, "FailedScheduling", "would break telemetry rule memory-line (memory > 90 percent)"); err != nil {
		return err
	}
	s.screen.say("   the pod %s waits for the pool %q; a viewer asks why:", extra, busyPool)
	s.screen.say("   %s", s.scheduler.APIURL())
	all, err := s.whys(ctx)
	if err != nil {
		return err
	}
	s.screen.say("   %s", all[1])
	c.keep(all[0].adds() && all[1].adds(), "%s", all[0])
	return nil
}

// whys are of the whole pool, those first where nothing but what is in flight keeps
// the pod off.
func (s *stage) whys(ctx context.Context) ([]why, error) {
	var out []why
	for i := range s.busy.Count {
		w, err := s.why(ctx, s.busy.Name(i))
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b why) int { return cmp.Compare(a.measured(), b.measured()) })
	return out, nil
}

// why is what the API says of the waiting pod on a node; shares are in percent of the
// node's memory.
type why struct {
	node, verdict, rule                   string
	value, inFlight, line, headroom, need float64
}

func (w why) String() string {
	return fmt.Sprintf("%s: %s, %.1f %% + %.1f %% in flight, line %.0f %%, room %.1f %%", w.node, w.rule, w.value, w.inFlight, w.line, w.headroom)
}

// measured is 1 where the pod would not fit even without what is in flight.
func (w why) measured() int {
	if w.value+w.need > w.line {
		return 1
	}
	return 0
}

// adds reports whether the numbers explain each other: what is measured, what is in
// flight and the headroom make the line, and the pod needs more than the headroom.
func (w why) adds() bool {
	return w.verdict == "WouldBreak" && w.rule != "" && w.need > w.headroom && math.Abs(w.value+w.inFlight+w.headroom-w.line) < 0.1
}

// why asks of one node, until both answers are of one evaluation.
func (s *stage) why(ctx context.Context, node string) (w why, err error) {
	err = testbed.Within(ctx, patience, func(ctx context.Context) error {
		var pod v1alpha1.PodVerdict
		if err := s.ask(ctx, "/pods/default/"+extra+"?node="+node, &pod); err != nil {
			return err
		}
		var values v1alpha1.ValueList
		if err := s.ask(ctx, "/values?metric=memory&node="+node, &values); err != nil {
			return err
		}
		w, err = whyOf(pod, values)
		return err
	})
	return w, err
}

func whyOf(pod v1alpha1.PodVerdict, values v1alpha1.ValueList) (w why, err error) {
	if pod.Board.Version != values.Board.Version {
		return w, fmt.Errorf("evaluation %d came after %d", values.Board.Version, pod.Board.Version)
	}
	if len(pod.Nodes) != 1 || len(values.Items) != 1 || values.Items[0].Value == nil || values.Items[0].InFlight == nil {
		return w, fmt.Errorf("the API says %+v and %+v", pod, values)
	}
	n, v := pod.Nodes[0], values.Items[0]
	if len(n.Comparisons) != 1 || n.Headroom.Memory == nil || pod.Need.Memory == nil {
		return w, fmt.Errorf("the API says of %s %+v", n.Node, n)
	}
	return why{
		node: n.Node, verdict: n.Verdict, rule: n.Rule, value: *v.Value, inFlight: v.InFlight.Unseen + v.InFlight.Arrived,
		line: n.Comparisons[0].Threshold, headroom: share(n.Headroom.Memory), need: share(pod.Need.Memory),
	}, nil
}

func share(bytes *float64) float64 { return 100 * *bytes / nodeMemory }

// ask reads an answer of the API, as its viewer.
func (s *stage) ask(ctx context.Context, path string, into any) error {
	text, err := s.scheduler.APIAs(ctx, path, s.token)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// admitViewer makes the account that may ask, and takes a token of it.
func (s *stage) admitViewer(ctx context.Context) (err error) {
	if err := s.bed.Apply(ctx, []byte(viewerManifest), nil); err != nil {
		return err
	}
	s.token, err = s.bed.Token(ctx, testbed.Namespace, viewer)
	return err
}
