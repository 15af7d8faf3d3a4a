package telemetry

import (
	"slices"
	"testing"
	"testing/synctest"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// homeOf returns where PreFilter lets a pod go: nil is anywhere.
func homeOf(t *testing.T, p *Plugin, pod *v1.Pod) (fwk.CycleState, []string) {
	t.Helper()
	state := framework.NewCycleState()
	result, status := p.PreFilter(t.Context(), state, pod, nil)
	switch {
	case !status.IsSuccess():
		t.Fatal(status)
	case result == nil:
		return state, nil
	}
	return state, result.NodeNames.UnsortedList()
}

func TestAPodGoesWhereRoomIsHeldForIt(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 10, "b": 10}))
	pod := newPod("replacement", needing("20Gi"), controlledBy("ReplicaSet"))
	if _, nodes := homeOf(t, p, pod); nodes != nil {
		t.Errorf("before room is held the pod may go to %v alone", nodes)
	}
	holdFor(p)
	if _, nodes := homeOf(t, p, pod); len(nodes) != 1 || nodes[0] != "a" {
		t.Errorf("the pod may go to %v, and room is held on a", nodes)
	}
	if _, nodes := homeOf(t, p, newPod("stranger", needing("1Gi"))); nodes != nil {
		t.Errorf("a stranger may go to %v alone", nodes)
	}
}

func TestAPodThatCannotGoWhereRoomIsHeldForItGoesElsewhereAndBackOnlyAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p", needing("20Gi"), controlledBy("ReplicaSet"))
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 1, "b": 1, "z": 1})
		held := holdFor(w.plugin)
		stray(t, w, pod, "default/p")
		wantVerdicts(t, w.plugin, pod, map[string]verdict{"b": accepted, "z": {fwk.Success, fwk.UnschedulableAndUnresolvable, []string{reasonLeft}}})
		stray(t, w, pod, "default/p")
		wantVerdicts(t, w.plugin, pod, map[string]verdict{"b": accepted, "z": accepted})
		state, _ := homeOf(t, w.plugin, pod)
		if status := w.plugin.strayed(state, pod); status != nil {
			t.Errorf("nothing else may help the pod at its last attempt: %v", status)
		}
		w.shared.holds.Release(held)
		wantVerdicts(t, w.plugin, pod, map[string]verdict{"b": accepted, "z": accepted})
		holdFor(w.plugin)
		if _, nodes := homeOf(t, w.plugin, pod); len(nodes) != 1 {
			t.Errorf("when other room is held for it the pod may go to %v", nodes)
		}
	})
}

// stray lets an attempt lead nowhere, and wants pods to be tried again at once.
func stray(t *testing.T, w *watch, pod *v1.Pod, woken ...string) {
	t.Helper()
	state, _ := homeOf(t, w.plugin, pod)
	result, status := w.plugin.PostFilter(t.Context(), state, pod, nil)
	if result != nil || status.Code() != fwk.UnschedulableAndUnresolvable {
		t.Errorf("other plugins may preempt pods for it: %v, %v", result, status)
	}
	wantWoken(t, w.queue, "at once", woken...)
}

// wantVerdicts judges nodes for a pod that PreFilter lets go anywhere.
func wantVerdicts(t *testing.T, p *Plugin, pod *v1.Pod, want map[string]verdict) {
	t.Helper()
	if _, nodes := homeOf(t, p, pod); nodes != nil {
		t.Errorf("the pod may go to %v alone", nodes)
	}
	for node, verdict := range want {
		if got := judge(t, p, pod, nodeInfo(node)); got.Filter != verdict.Filter || !slices.Equal(got.Reasons, verdict.Reasons) {
			t.Errorf("of node %s Filter says %v, want %v", node, got, verdict)
		}
	}
}

// Each of two pods that stray at a time goes on where it was: neither sends the other home.
func TestTwoPodsStraySideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newPod("first", needing("20Gi"), controlledBy("ReplicaSet")), newPod("second", needing("20Gi"), controlledBy("ReplicaSet"))
		w := newWatch(t, newNode("a"), first, second)
		w.publish(map[string]float64{"a": 1})
		holdFor(w.plugin)
		stray(t, w, first, "default/first")
		stray(t, w, second, "default/second")
		for _, pod := range []*v1.Pod{first, second} {
			if _, nodes := homeOf(t, w.plugin, pod); nodes != nil {
				t.Errorf("pod %s is sent to %v again", pod.Name, nodes)
			}
		}
	})
}
