package telemetry

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// joined is a node that joined after a Board was made, with pods on it.
func joined(name string, at time.Time, pods ...*v1.Pod) fwk.NodeInfo {
	info := framework.NewNodeInfo(pods...)
	info.SetNode(newNode(name, func(n *v1.Node) { n.CreationTimestamp = metav1.NewTime(at) }))
	return info
}

// TestABurstOntoANodeThatHasJustJoinedStaysUnderTheLine: it requests 5 GiB a pod of a
// node of 100 GiB. The first Board does not know the node, and the next has no sample
// of it yet.
func TestABurstOntoANodeThatHasJustJoinedStaysUnderTheLine(t *testing.T) {
	for name, rule := range map[string]string{"a rule that blocks": memoryRule, "two, of which one gives way": lenientRule + firmRule} {
		c := newCluster(t, rule)
		p := newPlugin(c.board(map[string]float64{"old": 97}))
		var there []*v1.Pod
		burst := func(first int) {
			for i := range 15 {
				pod, state := newPod(numbered("p", first+i), needing("5Gi")), framework.NewCycleState()
				p.PreFilter(t.Context(), state, pod, nil)
				if p.Filter(t.Context(), state, pod, joined("new", c.now, there...)).IsSuccess() {
					p.Reserve(t.Context(), state, pod, "new")
					there = append(there, pod)
				}
			}
		}
		burst(0)
		if got := len(there); got != 15 {
			t.Errorf("%s: %d pods are on the node, and there is room for 15", name, got)
		}
		burst(15)
		before := len(there)
		c.created, c.silent = c.now, true
		p.shared.ledger.Take(c.now, time.Hour)
		p.shared.Publish(c.board(map[string]float64{"new": 0}), nil)
		burst(30)
		if before != 18 || len(there) != before {
			t.Errorf("%s: %d pods of 5 GiB are on the node, and %d after the next Board", name, before, len(there))
		}
	}
}

// TestANodeThatHasJustJoinedIsNoCandidateForGivingWay: the Board that judges violations
// does not know it.
func TestANodeThatHasJustJoinedIsNoCandidateForGivingWay(t *testing.T) {
	a := newArena(t, inOrder, lenientRule, map[string]float64{"hot": 95})
	if _, err := a.client.CoreV1().Nodes().Create(t.Context(), newNode("new", func(n *v1.Node) {
		n.CreationTimestamp = metav1.NewTime(a.now)
	}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pod := newPod("p", needing("99Gi"))
	a.add(pod)
	if got := a.bound(pod); got["hot"] != 1 {
		t.Errorf("the pod went to %v", got)
	}
}
