package telemetry

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// holdFor holds 20 GiB on node a for a pod of priority 100 of the owner "replicaset", which
// was moved from node z.
func holdFor(p *Plugin) *hold.Hold {
	p.handle = offstage{}
	pod := newPod("moved", needing("20Gi"), withPriority(100), controlledBy("ReplicaSet"))
	held := &hold.Hold{Node: "a", From: "z", Owner: "replicaset", Pod: pod, Use: inflight.Units{Bytes: 20 << 30, Pods: 1}, Until: noon.Add(5 * time.Minute)}
	p.shared.Holds().Add(held)
	return held
}

func TestHeldRoomIsKeptFromOthers(t *testing.T) {
	resident := newPod("resident", needing("50Gi"))
	for name, tc := range map[string]struct {
		rules string
		used  float64
		node  string
		pod   *v1.Pod
		want  verdict
	}{
		"who would fill the node by requests":                {memoryRule, 10, "a", newPod("p", needing("40Gi")), heldVerdict},
		"who fits beside":                                    {memoryRule, 10, "a", newPod("p", needing("25Gi")), accepted},
		"who would break a rule with the one that comes":     {memoryRule, 65, "a", newPod("p", needing("6Gi")), heldVerdict},
		"who breaks none with it":                            {memoryRule, 65, "a", newPod("p", needing("4Gi")), accepted},
		"another node":                                       {memoryRule, 10, "b", newPod("p", needing("40Gi")), accepted},
		"a pod of the owner":                                 {memoryRule, 10, "a", newPod("p", needing("40Gi"), controlledBy("ReplicaSet")), accepted},
		"a pod of a DaemonSet":                               {memoryRule, 10, "a", newPod("p", needing("40Gi"), controlledBy("DaemonSet")), accepted},
		"a pod of higher priority":                           {memoryRule, 10, "a", newPod("p", needing("40Gi"), withPriority(101)), accepted},
		"a pod of equal priority":                            {memoryRule, 10, "a", newPod("p", needing("40Gi"), withPriority(100)), heldVerdict},
		"a pod that no rule governs":                         {"", 10, "a", newPod("p", needing("40Gi")), heldVerdict},
		"a pod that asks for what the profile ignores":       {memoryRule, 10, "a", newPod("p", needing("4Gi"), asking("telemetry/scheduling")), accepted},
		"a node on which a rule fires says so before":        {memoryRule, 95, "a", newPod("p", needing("40Gi")), blocked},
		"a pod that cannot go there whatever is held":        {memoryRule, 10, "a", newPod("p", needing("60Gi")), accepted}, // NodeResourcesFit says so
		"a node that joined since, by requests of both pods": {memoryRule, 10, "new", newPod("p", needing("25Gi")), accepted},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlugin(newCluster(t, tc.rules).board(map[string]float64{"a": tc.used, "b": tc.used}))
			holdFor(p)
			if got := judge(t, p, tc.pod, nodeInfo(tc.node, resident)); got.Filter != tc.want.Filter || !slices.Equal(got.Reasons, tc.want.Reasons) {
				t.Errorf("Filter says %v, want %v", got, tc.want)
			}
		})
	}
}

var heldVerdict = verdict{Filter: fwk.UnschedulableAndUnresolvable, Reasons: []string{reasonHeld}}

// asking requests an extended resource that no node has.
func asking(resource v1.ResourceName) func(*v1.Pod) {
	return func(pod *v1.Pod) {
		pod.Spec.Containers[0].Resources.Requests[resource] = pod.Spec.Containers[0].Resources.Requests[v1.ResourceCPU]
	}
}

func TestReserveConsumesAHoldUntilTheBindingFails(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 10}))
	held := holdFor(p)
	pod := newPod("replacement", needing("20Gi"), controlledBy("ReplicaSet"))
	state := framework.NewCycleState()

	p.Reserve(t.Context(), state, newPod("stranger", needing("1Gi")), "a")
	if !p.shared.holds.Any() {
		t.Fatal("a stranger consumed the hold")
	}
	p.Reserve(t.Context(), state, pod, "b")
	if p.shared.holds.Any() {
		t.Fatal("the owner's pod did not consume the hold, wherever it went")
	}
	p.Unreserve(t.Context(), state, pod, "b")
	if on := p.shared.holds.On("a"); len(on) != 1 || on[0] != held {
		t.Fatalf("after a binding that failed node a holds %v", on)
	}
	p.Unreserve(t.Context(), state, pod, "b")
	if n := len(p.shared.holds.All()); n != 1 {
		t.Errorf("after it was unreserved again there are %d holds", n)
	}
}

func TestReleasedRoomWakesThoseThatItWasKeptFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p", needing("85Gi"))
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 1})
		held := holdFor(w.plugin)
		judge(t, w.plugin, pod, nodeInfo("a"))
		w.publish(map[string]float64{"a": 2})
		wantWoken(t, w.queue, "while the room is held")
		w.shared.holds.Release(held)
		wantWoken(t, w.queue, "when it is released", "default/p")
		w.publish(map[string]float64{"a": 3})
		wantWoken(t, w.queue, "a second time")
	})
}

func TestAPodThatSawAHoldThatIsGoneIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p", needing("85Gi"))
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 1})
		held := holdFor(w.plugin)
		info := slowNode{nodeInfo("a"), func() { w.shared.holds.Release(held) }}
		if got := judge(t, w.plugin, pod, info); got.Filter == fwk.Success {
			t.Fatal("the pod did not see the hold")
		}
		wantWoken(t, w.queue, "though nothing is released after it was refused", "default/p")
	})
}

// slowNode lets something happen while Filter looks at it.
type slowNode struct {
	fwk.NodeInfo
	meanwhile func()
}

func (n slowNode) Snapshot() fwk.NodeInfo {
	n.meanwhile()
	return n.NodeInfo.Snapshot()
}
