package home

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// trial is one proof.
type trial struct {
	sight    *Sight
	question Question
	// beside are the other moves, and arrivals the pending pods that come first.
	beside, arrivals []Move
	use              inflight.Units
	framework        framework.Framework
	state            fwk.CycleState
	// against counts nodes by what speaks against them; claimed are those of them that
	// pending pods come first on.
	against map[string]int
	claimed int
	// extended are the nodes that the extenders left; nil before they were asked twice.
	extended map[string]bool
	asked    bool
}

type candidate struct {
	info fwk.NodeInfo
	room float64
}

// candidates are the nodes that are fit and suit by telemetry, those with most room first.
func (t *trial) candidates(ctx context.Context, admitted *fwk.PreFilterResult) (out []candidate) {
	for _, info := range t.sight.prover.lister.all {
		if info.Node().Name == t.question.Victim.Spec.NodeName {
			continue
		}
		if why := objection(info, admitted); why != "" {
			t.against[why]++
			continue
		}
		room, ok, why := t.suits(info)
		if !ok {
			t.reject(ctx, info, why)
			continue
		}
		out = append(out, candidate{info, room})
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.room, a.room) })
	return out
}

func objection(info fwk.NodeInfo, admitted *fwk.PreFilterResult) string {
	if !admitted.AllNodes() && !admitted.NodeNames.Has(info.Node().Name) {
		return "didn't satisfy plugin(s) that look at all nodes at once"
	}
	return Unfit(info.Node())
}

func (t *trial) suits(info fwk.NodeInfo) (float64, bool, string) {
	name := info.Node().Name
	return t.question.Suits(name, t.use.Amounts(), t.sight.arriving(name))
}

// takes runs the Filter chain on the first of the nodes that are left, and the extenders.
func (t *trial) takes(ctx context.Context, left []candidate) (bool, error) {
	pod, info := t.question.Replacement, left[0].info
	status := t.framework.RunFilterPluginsWithNominatedPods(ctx, t.state, pod, info)
	if status.IsRejected() {
		t.reject(ctx, info, status.Reasons()...)
		return false, nil
	}
	if !status.IsSuccess() {
		return false, fmt.Errorf("asking whether node %s takes pod %s/%s: %w", info.Node().Name, pod.Namespace, pod.Name, status.AsError())
	}
	if !t.extend(left) {
		t.against["an extender of the scheduler refused"]++
		return false, nil
	}
	return true, nil
}

// reject counts a node among those that something speaks against: pending pods, where it
// is no more than what they take.
func (t *trial) reject(ctx context.Context, info fwk.NodeInfo, why ...string) {
	if t.isClaimed(ctx, info) {
		t.claimed++
		why = []string{"pending pods come first there"}
	}
	for _, reason := range why {
		t.against[reason]++
	}
}

// isClaimed reports whether a node would be a home if pods that wait did not come first.
func (t *trial) isClaimed(ctx context.Context, info fwk.NodeInfo) bool {
	first := slices.DeleteFunc(slices.Clone(t.arrivals), func(m Move) bool { return m.Node != info.Node().Name })
	if len(first) == 0 {
		return false
	}
	alone, cluster := info.Snapshot(), t.sight.prover.whatIf
	for _, m := range first {
		_ = alone.RemovePod(klog.FromContext(ctx), m.Replacement)
	}
	with := cluster.Beside
	defer func() { cluster.Beside = with }()
	cluster.Beside = t.sight.besideWith(t.beside)
	_, ok, _ := t.suits(alone)
	return ok && t.framework.RunFilterPluginsWithNominatedPods(ctx, t.state, t.question.Replacement, alone).IsSuccess()
}

// extend asks the extenders about the first node alone, which mostly is the home, and then
// about all that are left at once: each question is a call.
func (t *trial) extend(left []candidate) bool {
	name := left[0].info.Node().Name
	if t.extended == nil && t.asked {
		t.extended = t.extendedOf(left)
	}
	if t.extended != nil {
		return t.extended[name]
	}
	t.asked = true
	return t.extendedOf(left[:1])[name]
}

// extendedOf returns the nodes that all extenders leave which filter and are interested in
// the pod. One that fails may be passed over only if it says so itself.
func (t *trial) extendedOf(left []candidate) map[string]bool {
	nodes := make([]fwk.NodeInfo, len(left))
	for i := range left {
		nodes[i] = left[i].info
	}
	for _, e := range t.sight.prover.sched.Extenders {
		if len(nodes) == 0 || !e.IsFilter() || !e.IsInterested(t.question.Replacement) {
			continue
		}
		kept, _, _, err := e.Filter(t.question.Replacement, nodes)
		if err == nil || !e.IsIgnorable() {
			nodes = kept
		}
	}
	out := map[string]bool{}
	for _, info := range nodes {
		out[info.Node().Name] = true
	}
	return out
}

// why lists what speaks against nodes, the commonest first.
func (t *trial) why() string {
	if len(t.against) == 0 {
		return "there is no other node"
	}
	reasons := sets.List(sets.KeySet(t.against))
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(t.against[b], t.against[a]) })
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%d %s", t.against[reason], reason)
	}
	return strings.Join(reasons, ", ")
}
