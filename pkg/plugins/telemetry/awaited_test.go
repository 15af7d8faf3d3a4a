package telemetry

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/kubernetes/pkg/features"
)

func TestAPodWaitsForRulesThatDoNotGiveWay(t *testing.T) {
	grouped := func(pod *v1.Pod) { pod.Spec.SchedulingGroup = &v1.PodSchedulingGroup{PodGroupName: new("group")} }
	for name, tc := range map[string]struct {
		pod    *v1.Pod
		groups bool
		// hot is a node that only the lenient rule keeps the pod off.
		hot bool
	}{
		"a pod":                             {newPod("p"), true, true},
		"one of a group":                    {newPod("p", grouped), true, false},
		"one of a group that nobody obeys":  {newPod("p", grouped), false, true},
		"one of a profile out of order":     {newPod("p", func(pod *v1.Pod) { pod.Spec.SchedulerName = "late" }), true, false},
		"one of a profile without a plugin": {newPod("p", func(pod *v1.Pod) { pod.Spec.SchedulerName = "plain" }), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.GenericWorkload, tc.groups)
			p := newPlugin(nil)
			p.shared.orders["telemetry-scheduler"] = func() string { return "" }
			p.shared.orders["late"] = func() string { return "it is late" }
			board := newCluster(t, lenientRule+firmRule).board(map[string]float64{"hot": 95, "hottest": 99, "cool": 50})
			view := board.View(p.shared.awaited(board, tc.pod, board.Govern(p.pods.Facts(tc.pod))))
			for node, want := range map[string]bool{"hot": tc.hot, "hottest": false, "cool": true} {
				if got := takes(view.Node(node), needOf(tc.pod), needOf(newPod("none")), needOf(newPod("none"))); got != want {
					t.Errorf("the pod waits for node %s: %v", node, !got)
				}
			}
		})
	}
}
