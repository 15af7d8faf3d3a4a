package telemetry

import (
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

func TestAPodThatCannotGoWhereRoomIsHeldForItGoesAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p", needing("20Gi"), controlledBy("ReplicaSet"))
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 1})
		held := holdFor(w.plugin)
		state, _ := homeOf(t, w.plugin, pod)
		result, status := w.plugin.PostFilter(t.Context(), state, pod, nil)
		if result != nil || status.Code() != fwk.UnschedulableAndUnresolvable {
			t.Errorf("other plugins may preempt pods for it: %v, %v", result, status)
		}
		wantWoken(t, w.queue, "at once", "default/p")
		if _, nodes := homeOf(t, w.plugin, pod); nodes != nil {
			t.Errorf("in its second attempt the pod may go to %v alone", nodes)
		}
		w.shared.holds.Release(held)
		holdFor(w.plugin)
		if _, nodes := homeOf(t, w.plugin, pod); len(nodes) != 1 {
			t.Errorf("when other room is held for it the pod may go to %v", nodes)
		}
	})
}
