package telemetry

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// verdict is what a cycle says about one node.

type verdict struct {
	PreFilter, Filter fwk.Code
	Reasons           []string
}

const (
	broke      = "node(s) broke telemetry rule memory-above-90 (memory > 90 percent)"
	wouldBreak = "node(s) would break telemetry rule memory-above-90 (memory > 90 percent)"
)

var (
	skipped  = verdict{PreFilter: fwk.Skip}
	accepted = verdict{}
	blocked  = verdict{Filter: fwk.UnschedulableAndUnresolvable, Reasons: []string{broke}}
)

// judge runs one cycle for one node.

func judge(t *testing.T, p *Plugin, pod *v1.Pod, node fwk.NodeInfo) verdict {
	t.Helper()
	state := framework.NewCycleState()
	_, status := p.PreFilter(t.Context(), state, pod, nil)
	if !status.IsSuccess() {
		return verdict{PreFilter: status.Code()}
	}
	status = p.Filter(t.Context(), state, pod, node)
	out := verdict{Filter: status.Code()}
	if status != nil {
		out.Reasons = status.Reasons()
	}
	return out
}

func TestPluginJudgesANode(t *testing.T) {
	const teamB = "- {name: memory-above-90, when: {metric: memory, above: 90%}, namespaces: {matchLabels: {team: b}}, actions: {block: {}}}"
	const teamA = "- {name: memory-above-90, when: {metric: memory, above: 90%}, namespaces: {matchLabels: {team: a}}, actions: {block: {}}}"
	for name, tc := range map[string]struct {
		rules  string
		used   float64
		pod    *v1.Pod
		change func(*Plugin)
		want   verdict
	}{
		"a node above the line takes no pod": {memoryRule, 95, newPod("p"), nil, blocked},
		"a node below the line does":         {memoryRule, 50, newPod("p"), nil, accepted},
		"the pod's own nominated node can still become free": {
			memoryRule, 95, newPod("p", func(p *v1.Pod) { p.Status.NominatedNodeName = "node" }), nil,
			verdict{Filter: fwk.Unschedulable, Reasons: []string{broke}},
		},
		"another nominated node changes nothing": {
			memoryRule, 95, newPod("p", func(p *v1.Pod) { p.Status.NominatedNodeName = "other" }), nil, blocked,
		},
		"a pod that would cross the line is kept off": {
			memoryRule, 86, newPod("p", needing("8Gi")), nil,
			verdict{Filter: fwk.UnschedulableAndUnresolvable, Reasons: []string{wouldBreak}},
		},
		"a smaller one is not":                        {memoryRule, 86, newPod("p", needing("3Gi")), nil, accepted},
		"a pod without requests counts with defaults": {memoryRule, 89.9, newPod("p"), nil, verdict{Filter: fwk.UnschedulableAndUnresolvable, Reasons: []string{wouldBreak}}},
		"a pod that ignores the rule":                 {memoryRule, 95, newPod("p", annotated(rules.AnnotationIgnore, "memory-above-90")), nil, skipped},
		"a pod that ignores every rule":               {memoryRule, 95, newPod("p", annotated(rules.AnnotationIgnore, "*")), nil, skipped},
		"a pod that ignores another rule":             {memoryRule, 95, newPod("p", annotated(rules.AnnotationIgnore, "other")), nil, blocked},
		"a pod that may not ignore rules": {
			memoryRule, 95, newPod("p", annotated(rules.AnnotationIgnore, "*")), func(p *Plugin) { p.pods.Exemptions = false }, blocked,
		},
		"a DaemonSet's pod":                             {memoryRule, 95, newPod("p", controlledBy("DaemonSet")), nil, skipped},
		"a ReplicaSet's pod":                            {memoryRule, 95, newPod("p", controlledBy("ReplicaSet")), nil, blocked},
		"a system-critical pod":                         {memoryRule, 95, newPod("p", withPriority(2000000000)), nil, skipped},
		"a pod of the highest priority that users have": {memoryRule, 95, newPod("p", withPriority(1000000000)), nil, blocked},
		"a pod in a governed namespace":                 {teamA, 95, newPod("p"), nil, blocked},
		"a pod in another namespace":                    {teamB, 95, newPod("p"), nil, skipped},
		"a pod whose namespace is gone":                 {teamA, 95, newPod("p", func(p *v1.Pod) { p.Namespace = "gone" }), nil, skipped},
		"a pod that is resized in place":                {memoryRule, 95, newPod("p", onNode("node")), nil, skipped},
		"no rule at all":                                {"", 95, newPod("p"), nil, skipped},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlugin(newCluster(t, tc.rules).board(map[string]float64{"node": tc.used}))
			if tc.change != nil {
				tc.change(p)
			}
			if diff := cmp.Diff(tc.want, judge(t, p, tc.pod, nodeInfo("node"))); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithoutABoardNothingIsBlocked(t *testing.T) {
	if got := judge(t, newPlugin(nil), newPod("p"), nodeInfo("node")); got.PreFilter != fwk.Skip {
		t.Errorf("the verdict is %+v", got)
	}
}

func TestANodeThatTheBoardDoesNotKnowTakesPods(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"node": 95}))
	if diff := cmp.Diff(accepted, judge(t, p, newPod("p"), nodeInfo("brand-new"))); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestPausedRulesKeepNobodyOff(t *testing.T) {
	for name, tc := range map[string]struct {
		pause func(*rules.RuleSet)
		want  verdict
	}{
		"the ConfigMap of the rule is paused": {func(s *rules.RuleSet) { s.Rules[0].Paused = true }, skipped},
		"blocking is stopped":                 {func(s *rules.RuleSet) { s.Pause.Block = true }, skipped},
		"the stop ends later":                 {func(s *rules.RuleSet) { s.Pause = rules.Pause{Block: true, Until: noon.Add(time.Hour)} }, skipped},
		"the stop has ended":                  {func(s *rules.RuleSet) { s.Pause = rules.Pause{Block: true, Until: noon} }, blocked},
		"only eviction is stopped":            {func(s *rules.RuleSet) { s.Pause.Evict = true }, blocked},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, memoryRule)
			tc.pause(c.rules)
			p := newPlugin(c.board(map[string]float64{"node": 95}))
			if diff := cmp.Diff(tc.want, judge(t, p, newPod("p"), nodeInfo("node"))); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// No ledger counts pods that telemetry cannot see yet: on a node that has not
// reported, all are counted by their requests.
func TestAYoungNodeIsJudgedByRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		there string
		want  verdict
	}{
		"room beside what is requested": {"80Gi", accepted},
		"none":                          {"88Gi", verdict{Filter: fwk.UnschedulableAndUnresolvable, Reasons: []string{wouldBreak}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, memoryRule)
			c.created, c.silent = noon, true
			p := newPlugin(c.board(map[string]float64{"node": 0}))
			there := nodeInfo("node", newPod("there", needing(tc.there)))
			if diff := cmp.Diff(tc.want, judge(t, p, newPod("p", needing("5Gi")), there)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitingBeginsAtTheFirstRejectionAndEndsAtReserve(t *testing.T) {
	c := newCluster(t, memoryRule)
	p := newPlugin(c.board(map[string]float64{"hot": 95, "cool": 10}))
	pod := newPod("p")

	judge(t, p, pod, nodeInfo("cool"))
	wantWaiting(t, p, "before a rejection")
	judge(t, p, pod, nodeInfo("hot"))
	wantWaiting(t, p, "after a rejection", waiter{key: key(pod), uid: pod.UID, tried: 1})
	p.shared.Publish(c.board(map[string]float64{"hot": 10, "cool": 10}), nil)
	judge(t, p, pod, nodeInfo("hot"))
	wantWaiting(t, p, "after another attempt", waiter{key: key(pod), uid: pod.UID, tried: 2})
	p.Reserve(t.Context(), framework.NewCycleState(), pod, "hot")
	wantWaiting(t, p, "after Reserve")
}

func TestWhoWaitsIsToldWithTheRuleAndTheTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, began := newCluster(t, memoryRule), time.Now()
		p := newPlugin(c.board(map[string]float64{"hot": 95, "cool": 10}))
		pod, assigned, replaced := newPod("p", needing("5Gi")), newPod("assigned"), newPod("replaced")
		for _, pod := range []*v1.Pod{pod, assigned, replaced} {
			judge(t, p, pod, nodeInfo("hot"))
		}
		time.Sleep(time.Minute)
		p.shared.Publish(c.board(map[string]float64{"hot": 88, "cool": 10}), nil)
		judge(t, p, pod, nodeInfo("hot"))
		time.Sleep(time.Minute)
		judge(t, p, pod, nodeInfo("cool")) // another plugin refuses it there

		assigned, replaced = assigned.DeepCopy(), replaced.DeepCopy()
		assigned.Spec.NodeName, replaced.UID = "cool", "another"
		want := []inquiry.Waiter{{
			Namespace: "default", Name: "p", UID: string(pod.UID), Scheduler: pod.Spec.SchedulerName,
			Refusal: inquiry.Refusal{Rule: rules.Key{Name: "memory-above-90"}, Kind: engine.WouldBreak, Reason: wouldBreak},
			Since:   began, Refused: began.Add(time.Minute), Attempts: 2,
		}}
		if diff := cmp.Diff(want, oracle(t, p, []*v1.Pod{pod, assigned, replaced}).Waiting()); diff != "" {
			t.Errorf("who waits (-want +got):\n%s", diff)
		}
	})
}

func TestWaitingEndsWhenNoRuleGovernsThePod(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"hot": 95}))
	judge(t, p, newPod("p"), nodeInfo("hot"))
	judge(t, p, newPod("p", annotated(rules.AnnotationIgnore, "*")), nodeInfo("hot"))
	wantWaiting(t, p, "after the pod was exempted")
}

func wantWaiting(t *testing.T, p *Plugin, when string, want ...waiter) {
	t.Helper()
	if diff := cmp.Diff(append([]waiter{}, want...), p.shared.waiting.list(), cmp.AllowUnexported(waiter{}), cmpopts.IgnoreFields(waiter{}, "at", "need", "refusal", "since", "refused", "attempts")); diff != "" {
		t.Errorf("waiting pods %s (-want +got):\n%s", when, diff)
	}
}

// The framework writes into each status, from many goroutines.
