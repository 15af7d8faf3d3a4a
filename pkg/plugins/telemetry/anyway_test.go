package telemetry

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/scheduler/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const (
	// lenientRule gives way, and firmRule, on the same metric, does not.
	lenientRule = "- {name: memory-above-90, when: {metric: memory, above: 90%}, actions: {block: {whenAllBlocked: ScheduleAnyway}}}\n"
	firmRule    = "- {name: no-hotter-than-96, when: {metric: memory, above: 96%}, actions: {block: {}}}\n"
)

func eachWayOfCalling(t *testing.T, test func(t *testing.T)) {
	for name, on := range map[string]bool{"calls in the cycle": false, "calls beside the cycle": true} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.SchedulerAsyncAPICalls, on)
			test(t)
		})
	}
}

func TestWhereAllNodesAreHotTheLeastViolatingTakesThePod(t *testing.T) {
	eachWayOfCalling(t, func(t *testing.T) {
		low := newPod("low", onNode("b"), needing("1Gi"), withPriority(0))
		a := newArena(t, inOrder, lenientRule, map[string]float64{"a": 97, "b": 92, "c": 95}, low)
		before := counted(t, "memory-above-90")
		pod := newPod("p", needing("1Gi"), withPriority(1000))
		a.add(pod)
		if diff := cmp.Diff(map[string]int{"b": 1}, a.bound(pod)); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
		note := a.hears("Warning TelemetryScheduledAnyway")
		if want := "Node b took the pod as the least violating one of those that could: it breaks rule memory-above-90: memory would be 93% (memory > 90%) with 92% measured, 0% in flight and 1% of this pod, for which nothing is left"; !strings.Contains(note, want) {
			t.Errorf("the Event says %q, want %q", note, want)
		}
		a.hears("FailedScheduling", "3 "+broke, "rules with ScheduleAnyway give way on node b")
		a.wantNoVictims()
		a.eventually("nothing waits", func() bool { return len(a.shared.waiting.list()) == 0 })
		if got := counted(t, "memory-above-90") - before; got != 1 {
			t.Errorf("%v placements were counted", got)
		}
	})
}

func counted(t *testing.T, rule string) float64 {
	t.Helper()
	value, err := testutil.GetCounterMetricValue(scheduledAnyway.WithLabelValues(rule))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestRulesOfOneNamespaceAreCountedTogether: their authors may rename them without end,
// and a label of a counter stays for good.
func TestRulesOfOneNamespaceAreCountedTogether(t *testing.T) {
	Register()
	before := counted(t, "team-a/*")
	countAnyway([]engine.Break{
		{Rule: rules.Key{Name: "of-the-cluster"}}, {Rule: rules.Key{Namespace: "team-a", Name: "one"}}, {Rule: rules.Key{Namespace: "team-a", Name: "two"}},
	})
	if got := counted(t, "team-a/*") - before; got != 1 {
		t.Errorf("a pod that breaks two rules of team-a is counted %v times under team-a/*", got)
	}
	if got := counted(t, "of-the-cluster"); got != 1 {
		t.Errorf("the cluster's rule counts %v", got)
	}
}

func TestAFirmRuleWins(t *testing.T) {
	eachWayOfCalling(t, func(t *testing.T) {
		low := newPod("low", onNode("b"), needing("1Gi"), withPriority(0))
		a := newArena(t, inOrder, lenientRule+firmRule, map[string]float64{"a": 99, "b": 97, "c": 98}, low)
		pod := newPod("p", needing("1Gi"), withPriority(1000))
		a.add(pod)
		a.hears("FailedScheduling", "3 node(s) broke telemetry rule no-hotter-than-96")
		if got := a.shared.waiting.passOf(pod.UID); got != nil {
			t.Errorf("the pod has a pass to %s", got.node)
		}
		// The firm rule ends on the worst node, where the lenient one goes on.
		a.publish(map[string]float64{"a": 94, "b": 97, "c": 98})
		if diff := cmp.Diff(map[string]int{"a": 1}, a.bound(pod)); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
		a.hears("TelemetryScheduledAnyway", "Node a", "memory would be 95%")
		a.wantNoVictims()
	})
}

// A firm rule that only would be broken wins as well.
func TestAPredictionOfAFirmRuleWins(t *testing.T) {
	a := newArena(t, inOrder, lenientRule+firmRule, map[string]float64{"a": 92, "b": 94})
	pod, small := newPod("p", needing("5Gi")), newPod("small", needing("1Gi"))
	a.add(pod)
	a.hears("FailedScheduling", "2 node(s) would break telemetry rule no-hotter-than-96")
	a.add(small)
	a.bound(small)
	a.publish(map[string]float64{"a": 92, "b": 90.5})
	if diff := cmp.Diff(map[string]int{"b": 1}, a.bound(pod)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestANodeThatAnotherPluginRefusesIsNoPlace(t *testing.T) {
	cordoned := newNode("best", func(n *v1.Node) { n.Spec.Unschedulable = true })
	full := newPod("full", onNode("b"), needing("99Gi"))
	a := newArena(t, inOrder, lenientRule, map[string]float64{"a": 99, "b": 92}, cordoned, full)
	a.publish(map[string]float64{"a": 99, "b": 92, "best": 91})
	pod := newPod("p", needing("10Gi"))
	a.add(pod)
	if diff := cmp.Diff(map[string]int{"a": 1}, a.bound(pod)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	a.wantNoVictims()
}

// A plan that wakes pods for cool nodes must not be kept from it by passes.
func TestAPodGoesWhereNoRuleIsBrokenIfItCan(t *testing.T) {
	a := newArena(t, inOrder, lenientRule, map[string]float64{"a": 92, "b": 50})
	pod := newPod("p", needing("1Gi"))
	a.add(pod)
	if diff := cmp.Diff(map[string]int{"b": 1}, a.bound(pod)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if told := a.heard("TelemetryScheduledAnyway"); told != "" {
		t.Errorf("an Event says %q", told)
	}
}

// large is a pod that leaves its node no room for another such pod.
func large(pod *v1.Pod) {
	pod.Spec.Containers[0].Resources.Requests = v1.ResourceList{v1.ResourceCPU: resource.MustParse("9")} // of 10
}

// Like pods take hints from each other, and a pass is for one of them.
func TestLikePodsOfABatchFillHotNodes(t *testing.T) {
	used := map[string]float64{"a": 92, "b": 91, "c": 94, "d": 93}
	a := newArena(t, batching, lenientRule, used)
	var pods []*v1.Pod
	for i := range 4 {
		pods = append(pods, newPod(numbered("p", i), large))
	}
	a.add(pods...)
	if diff := cmp.Diff(map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}, a.bound(pods...)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	for node := range used {
		a.hears("TelemetryScheduledAnyway", "Node "+node+" ")
	}
	a.wantNoVictims()
}

// A burst has its passes before the first pod of it is bound: without them in the account
// all would lead to the same node.
func TestABurstSpreadsOverHotNodes(t *testing.T) {
	used := map[string]float64{"a": 92, "b": 91, "c": 94, "d": 93}
	a := newArena(t, inOrder, lenientRule, used)
	var pods []*v1.Pod
	for i := range 40 {
		pods = append(pods, newPod(numbered("p", i), needing("1Gi")))
	}
	a.add(pods...)
	if diff := cmp.Diff(map[string]int{"a": 11, "b": 12, "c": 8, "d": 9}, a.bound(pods...)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestWithoutTheOrderLenientRulesAreFirmAndSayWhy(t *testing.T) {
	a := newArena(t, outOfOrder, lenientRule, map[string]float64{"a": 92, "b": 95})
	pod := newPod("p", needing("1Gi"))
	a.add(pod)
	a.hears("FailedScheduling", "2 "+broke, "rules with ScheduleAnyway do not give way in this profile: ", "before Telemetry at postFilter there is ", "DefaultPreemption: add postFilter: {enabled: [{name: Telemetry}]}")
	a.publish(map[string]float64{"a": 80, "b": 95})
	if diff := cmp.Diff(map[string]int{"a": 1}, a.bound(pod)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// TestFiveThousandNodesSamplingAndBatching looks at a twentieth of the nodes in each
// cycle that finds enough of them, and has like pods take hints from each other.
func TestFiveThousandNodesSamplingAndBatching(t *testing.T) {
	used := map[string]float64{}
	for i := range benchNodes {
		used[numbered("node-", i)] = 97 + float64(i%8)/4 // five pods of 1 % do not make the other one as bad
	}
	used[numbered("node-", 3777)] = 91
	a := newArena(t, batching, lenientRule, used)
	var pods []*v1.Pod
	for i := range 5 {
		pods = append(pods, newPod(numbered("p", i), needing("1Gi")))
	}
	began := time.Now()
	a.add(pods...)
	if diff := cmp.Diff(map[string]int{numbered("node-", 3777): len(pods)}, a.bound(pods...)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	t.Logf("%d pods were bound after %v where every node breaks the rule", len(pods), time.Since(began))
	a.wantNoVictims()
	a.cool(1000, 1300)
}

// cool has some nodes break no rule any more, and like pods come, each of which fills a
// node: some take the next node of their batch.
func (a *arena) cool(from, to int) {
	a.t.Helper()
	used := map[string]float64{}
	for i := range benchNodes {
		used[numbered("node-", i)] = 97
		if i >= from && i < to {
			used[numbered("node-", i)] = 40
		}
	}
	a.publish(used)
	before, pods := a.hintsUsed(), []*v1.Pod(nil)
	for i := range 20 {
		pods = append(pods, newPod(numbered("q", i), large))
	}
	a.add(pods...)
	for node := range a.bound(pods...) {
		if used[node] != 40 {
			a.t.Errorf("a pod went to %s although %d nodes break no rule", node, to-from)
		}
	}
	hints := a.hintsUsed() - before
	a.t.Logf("%v of %d pods took a hint of their batch", hints, len(pods))
	if hints == 0 {
		a.t.Error("nothing was batched")
	}
}

func (a *arena) hintsUsed() float64 {
	a.t.Helper()
	n, err := testutil.GetCounterMetricValue(metrics.BatchAttemptStats.WithLabelValues("telemetry-scheduler", metrics.BatchAttemptHintUsed))
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}
