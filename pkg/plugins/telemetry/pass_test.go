package telemetry

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// stage is a plugin, and a cycle in which nothing was feasible.
type stage struct {
	*cluster
	t      *testing.T
	plugin *Plugin
	infos  map[string]fwk.NodeInfo
}

// offstage is as much of the framework as the plugin uses.
type offstage struct {
	fwk.Handle
	snapshot *internalcache.Snapshot
}

func (o offstage) SnapshotSharedLister() fwk.SharedLister { return o.snapshot }

func (offstage) SharedDRAManager() fwk.SharedDRAManager { return nil }

func newStage(t *testing.T, list string, used map[string]float64) *stage {
	s := &stage{cluster: newCluster(t, list), t: t, plugin: newPlugin(nil), infos: map[string]fwk.NodeInfo{}}
	var nodes []*v1.Node
	for name := range used {
		nodes = append(nodes, newNode(name))
		s.infos[name] = nodeInfo(name)
	}
	s.plugin.handle = offstage{snapshot: internalcache.NewSnapshot(nil, nodes)}
	s.plugin.shared.orders["telemetry-scheduler"] = func() string { return "" }
	s.publish(used)
	return s
}

func (s *stage) publish(used map[string]float64) { s.plugin.shared.Publish(s.board(used), nil) }

// attempt tries a pod, which other plugins keep off some nodes. It returns the nodes
// that take it, and where none does the one that PostFilter nominates.
func (s *stage) attempt(pod *v1.Pod, others ...string) (feasible []string, nominated string) {
	s.t.Helper()
	state, statuses := framework.NewCycleState(), framework.NewDefaultNodeToStatus()
	if _, status := s.plugin.PreFilter(s.t.Context(), state, pod, nil); !status.IsSuccess() {
		s.t.Fatal(status)
	}
	for name, info := range s.infos {
		status := s.plugin.Filter(s.t.Context(), state, pod, info)
		if status != nil { // the framework does it
			status.SetPlugin(Name)
		}
		for _, other := range others {
			if other == name {
				status = fwk.NewStatus(fwk.Unschedulable, "too little of something").WithPlugin("Other")
			}
		}
		if status.IsSuccess() {
			feasible = append(feasible, name)
			continue
		}
		statuses.Set(name, status)
	}
	if len(feasible) > 0 {
		return feasible, ""
	}
	result, status := s.plugin.PostFilter(s.t.Context(), state, pod, statuses)
	if status.IsSuccess() != (result != nil && result.NominatedNodeName != "") {
		s.t.Errorf("PostFilter says %v and %+v", status, result)
	}
	for _, info := range s.infos {
		if s.plugin.Filter(s.t.Context(), state.Clone(), pod, info).IsSuccess() {
			s.t.Errorf("after the cycle preemption could use the pass to %s", info.Node().Name)
		}
	}
	if result == nil {
		return nil, "none"
	}
	return nil, result.NominatedNodeName
}

func (s *stage) want(what string, feasible []string, nominated string, wantFeasible []string, wantNominated string) {
	s.t.Helper()
	if diff := cmp.Diff(wantFeasible, feasible); diff != "" || nominated != wantNominated {
		s.t.Errorf("%s: feasible (-want +got):\n%s\nnominated is %q, want %q", what, diff, nominated, wantNominated)
	}
}

func TestAPassLeadsToOneNodeAndEndsAtReserve(t *testing.T) {
	s, pod := newStage(t, lenientRule, map[string]float64{"a": 97, "b": 92, "c": 95}), newPod("p")
	f, n := s.attempt(pod)
	s.want("first", f, n, nil, "b")
	f, n = s.attempt(newPod("other"))
	s.want("a pass is for one pod", f, n, nil, "b")
	f, n = s.attempt(pod)
	s.want("second", f, n, []string{"b"}, "")
	s.plugin.Reserve(t.Context(), framework.NewCycleState(), pod, "b")
	if s.plugin.shared.waiting.passOf(pod.UID) != nil {
		t.Error("the pass is still good")
	}
}

func TestAPassOutlivesBoardsButNotAnOpening(t *testing.T) {
	for name, tc := range map[string]struct {
		next     map[string]float64
		feasible []string
		// nominated is from an attempt in which the pass was not good any more.
		nominated string
	}{
		"nothing changed":                        {map[string]float64{"a": 97, "b": 92}, []string{"b"}, ""},
		"another node is better, and hot":        {map[string]float64{"a": 91, "b": 92}, []string{"b"}, ""},
		"the node recovered":                     {map[string]float64{"a": 97, "b": 10}, []string{"b"}, ""},
		"another node recovered":                 {map[string]float64{"a": 10, "b": 92}, []string{"a"}, ""},
		"the node is beyond a firm line":         {map[string]float64{"a": 95, "b": 99}, nil, "a"},
		"all nodes are":                          {map[string]float64{"a": 98, "b": 99}, nil, "none"},
		"the pod would bring it beyond the line": {map[string]float64{"a": 95.5, "b": 95.9}, nil, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			s, pod := newStage(t, lenientRule+firmRule, map[string]float64{"a": 97, "b": 92}), newPod("p", needing("1Gi"))
			f, n := s.attempt(pod)
			s.want("first", f, n, nil, "b")
			s.publish(tc.next)
			f, n = s.attempt(pod)
			s.want("second", f, n, tc.feasible, tc.nominated)
		})
	}
}

func TestAPassIsVoidUnderOtherRules(t *testing.T) {
	s, pod := newStage(t, lenientRule, map[string]float64{"a": 97, "b": 92}), newPod("p")
	s.attempt(pod)
	s.rules = ruleSet(t, memoryRule)
	s.publish(map[string]float64{"a": 97, "b": 92})
	f, n := s.attempt(pod)
	s.want("after the rule became firm", f, n, nil, "none")
}

func TestANodeThatRefusedComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, pod := newStage(t, lenientRule, map[string]float64{"a": 97, "b": 92, "c": 95}), newPod("p")
		var got []string
		var waits []time.Duration
		for range 8 {
			_, node := s.attempt(pod, got[max(0, len(got)-1):]...) // the node of the pass is full by now
			got = append(got, node)
			waits = append(waits, time.Until(s.plugin.shared.waiting.passOf(pod.UID).next))
		}
		if diff := cmp.Diff([]string{"b", "c", "a", "b", "c", "a", "b", "c"}, got); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
		want := []time.Duration{firstCall, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, lastPenance, lastPenance}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Errorf("the pod is called after (-want +got):\n%s", diff)
		}
	})
}

// TestAPodThatWasLetGoInItsCycleKeepsTheAccountOfItsPasses: the waker does not find the
// pod between PreFilter and Filter.
func TestAPodThatWasLetGoInItsCycleKeepsTheAccountOfItsPasses(t *testing.T) {
	s, pod := newStage(t, lenientRule, map[string]float64{"a": 97, "b": 92}), newPod("p")
	s.attempt(pod)
	state, statuses := framework.NewCycleState(), framework.NewDefaultNodeToStatus()
	s.plugin.PreFilter(t.Context(), state, pod, nil)
	s.plugin.shared.waiting.leave(pod.UID)
	statuses.Set("a", s.plugin.Filter(t.Context(), state, pod, s.infos["a"]).WithPlugin(Name))
	statuses.Set("b", fwk.NewStatus(fwk.Unschedulable, "too little of something").WithPlugin("Other"))
	result, status := s.plugin.PostFilter(t.Context(), state, pod, statuses)
	if !status.IsSuccess() || result.NominatedNodeName != "a" {
		t.Fatalf("PostFilter says %v and %+v", status, result)
	}
	if got := s.plugin.shared.waiting.passOf(pod.UID); got.given != 2 || len(got.refused) != 1 {
		t.Errorf("the next pass is number %d, after %v refused", got.given, got.refused)
	}
}

// A nomination holds room, from which others are kept.
func TestANominationEndsWithItsPass(t *testing.T) {
	s, pod := newStage(t, lenientRule, map[string]float64{"a": 97}), newPod("p")
	_, node := s.attempt(pod)
	pod.Status.NominatedNodeName = node
	if _, node = s.attempt(pod, "a"); node != "" {
		t.Errorf("the nomination is %q", node)
	}
	if s.plugin.shared.waiting.passOf(pod.UID) != nil {
		t.Error("the pass is still good")
	}
	if _, node = s.attempt(pod, "a"); node != "none" {
		t.Errorf("a nomination that is not ours is %q now", node)
	}
}

func TestAPassLapsesAndTheNextHoldsLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, pod := newStage(t, lenientRule, map[string]float64{"a": 97}), newPod("p")
		s.attempt(pod)
		for _, held := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 16 * time.Minute} {
			time.Sleep(held + 2*firstCall)
			f, n := s.attempt(pod)
			s.want(fmt.Sprint("after ", held), f, n, nil, "a")
		}
		time.Sleep(16*time.Minute - firstCall)
		f, n := s.attempt(pod)
		s.want("in time", f, n, []string{"a"}, "")
	})
}

// callbook notes who was activated when.
type callbook struct {
	mu    sync.Mutex
	began time.Time
	calls []time.Duration
}

func (c *callbook) Activate(_ klog.Logger, pods map[string]*v1.Pod) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, time.Since(c.began))
}

func TestTheUsherCallsUntilThePodCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, pod := newStage(t, lenientRule, map[string]float64{"a": 97}), newPod("p")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		book := &callbook{began: time.Now()}
		go s.plugin.shared.usher(ctx, book)
		s.attempt(pod)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		want := []time.Duration{5 * time.Millisecond, 15 * time.Millisecond, 35 * time.Millisecond, 75 * time.Millisecond}
		if diff := cmp.Diff(want, book.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		s.plugin.Reserve(t.Context(), nil, pod, "a")
		time.Sleep(time.Hour)
		if got := len(book.calls); got != len(want) {
			t.Errorf("%d calls after the pod was reserved", got-len(want))
		}
		stop()
		synctest.Wait()
	})
}
