package telemetry

import (
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// attempt tries to place a pod on one of some nodes, as a scheduling cycle does, and
// returns where it was reserved; "" for nowhere.
func attempt(t *testing.T, p *Plugin, pod *v1.Pod, nodes ...string) (node string) {
	t.Helper()
	state := framework.NewCycleState()
	_, status := p.PreFilter(t.Context(), state, pod, nil)
	for _, name := range nodes {
		if status.IsSkip() || p.Filter(t.Context(), state, pod, nodeInfo(name)).IsSuccess() {
			if status := p.Reserve(t.Context(), state, pod, name); !status.IsSuccess() {
				t.Fatal(status.AsError())
			}
			return name
		}
	}
	return ""
}

func TestABurstIsCappedNodeByNode(t *testing.T) {
	c := newCluster(t, memoryRule)
	p := newPlugin(c.board(map[string]float64{"a": 40, "b": 40}))
	placed := map[string]int{}
	for i := range 25 {
		placed[attempt(t, p, newPod(numbered("p", i), needing("5Gi")), "a", "b")]++
	}
	// 40 % and ten times 5 GiB of 100 GiB are 90 %.
	if placed["a"] != 10 || placed["b"] != 10 || placed[""] != 5 {
		t.Errorf("the pods went to %v", placed)
	}
}

func TestAPodThatIsNotBoundGivesItsRoomBack(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	first, second := newPod("first", needing("5Gi")), newPod("second", needing("5Gi"))
	if attempt(t, p, first, "a") != "a" || attempt(t, p, second, "a") != "" {
		t.Fatal("81 % has room for one pod of 5 GiB under 90 %")
	}
	p.Unreserve(t.Context(), nil, first, "a")
	if attempt(t, p, second, "a") != "a" {
		t.Error("the room of a pod that failed is not given back")
	}
}

func TestWhoIsNotGovernedCountsForOthers(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	exempt := newPod("exempt", needing("8Gi"), annotated(rules.AnnotationIgnore, "*"))
	if attempt(t, p, exempt, "a") != "a" || attempt(t, p, newPod("p", needing("5Gi")), "a") != "" {
		t.Error("a pod that ignores the rule is not in flight for those that do not")
	}
}

func TestAnotherSchedulersPodsCount(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	h := p.shared.ledger.Handler(func() time.Time { return noon })
	h.OnAdd(newPod("foreign", needing("8Gi"), onNode("a")), false)
	if attempt(t, p, newPod("p", needing("5Gi")), "a") != "" {
		t.Error("a pod that another scheduler bound is not in flight")
	}
}

func TestAnAnnotatedEstimateDecides(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	for annotation, want := range map[string]string{"memory=12Gi": "", "memory=2Gi": "a"} {
		if got := attempt(t, p, newPod(annotation, needing("5Gi"), annotated(rules.AnnotationEstimate, annotation)), "a"); got != want {
			t.Errorf("%s: the pod went to %q, want %q", annotation, got, want)
		}
		p.Unreserve(t.Context(), nil, newPod(annotation), "a")
	}
}

func TestAnEstimateThatFitsNowhereIsSetAsideAndTold(t *testing.T) {
	for annotation, want := range map[string]string{
		"memory=120Gi": "TelemetryEstimateTooLarge the memory estimate of 120Gi from the pod's annotation is more than any node may have in use under the rules that govern the pod; it is judged by its request of 5Gi",
		"memory=-5Gi":  "TelemetryEstimateRejected the annotation telemetry-scheduler.io/estimate is not used: memory=-5Gi is negative",
	} {
		p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81, "b": 20}))
		pod := newPod("p", needing("5Gi"), annotated(rules.AnnotationEstimate, annotation))
		for range 3 {
			if got := attempt(t, p, pod, "a"); got != "a" {
				t.Errorf("%s: the pod went to %q, and its request of 5 GiB fits", annotation, got)
			}
			p.Unreserve(t.Context(), nil, pod, "a")
		}
		sent := p.events.(*events.FakeRecorder).Events
		if len(sent) != 1 {
			t.Fatalf("%s: %d Events", annotation, len(sent))
		}
		if got := <-sent; !strings.Contains(got, want) {
			t.Errorf("%s: the Event is %q", annotation, got)
		}
	}
}

func TestABadEstimateIsToldThoughNoRuleGovernsThePod(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	pod := newPod("p", annotated(rules.AnnotationIgnore, "*"), annotated(rules.AnnotationEstimate, "memory=lots"))
	for range 2 {
		attempt(t, p, pod, "a")
	}
	sent := p.events.(*events.FakeRecorder).Events
	if len(sent) != 1 || !strings.Contains(<-sent, `TelemetryEstimateRejected the annotation telemetry-scheduler.io/estimate is not used: "lots"`) {
		t.Error("it is not told, or more than once")
	}
}

// TestASiblingThatRunsAwayKeepsNobodyWaitingForEver: a leak of one of two teaches more
// than any node may have in use.
func TestASiblingThatRunsAwayKeepsNobodyWaitingForEver(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	p.shared.ledger.Remember(map[inflight.Owner]inflight.Lesson{"deployment": {Use: inflight.Units{MilliCPU: 10, Bytes: 500 << 30}, Settled: true, At: noon}})
	if got := attempt(t, p, newPod("p", needing("5Gi"), controlledBy("Deployment")), "a"); got != "a" {
		t.Errorf("the pod went to %q, and its request of 5 GiB fits", got)
	}
	want := "TelemetryEstimateTooLarge the memory estimate of 500Gi from its siblings' measured use is more than any node may have in use under the rules that govern the pod; it is judged by its request of 5Gi"
	if sent := p.events.(*events.FakeRecorder).Events; len(sent) != 1 || !strings.Contains(<-sent, want) {
		t.Error("it is not told why")
	}
}

func TestScoresFollowWhatArrives(t *testing.T) {
	c := newCluster(t, memoryRule+"\npreferences:\n- {name: cool, metric: memory, prefer: Low, range: [0%, 100%]}")
	p := newPlugin(c.board(map[string]float64{"a": 20, "b": 30}))
	score := func(node string) int64 {
		pod, state := newPod("asks", needing("1Gi")), framework.NewCycleState()
		if status := p.PreScore(t.Context(), state, pod, nil); !status.IsSuccess() {
			t.Fatal(status.AsError())
		}
		points, status := p.Score(t.Context(), state, pod, nodeInfo(node))
		if status.Code() != fwk.Success {
			t.Fatal(status.AsError())
		}
		return points
	}
	if score("a") <= score("b") {
		t.Fatalf("a has %d points and b %d", score("a"), score("b"))
	}
	attempt(t, p, newPod("first", needing("20Gi")), "a")
	if score("a") >= score("b") {
		t.Errorf("after 20 GiB came to a it has %d points and b %d", score("a"), score("b"))
	}
}

func TestWhoMayNotIgnoreRulesMayNotClaimToUseNothing(t *testing.T) {
	for exemptions, want := range map[bool]string{true: "a", false: ""} {
		p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
		if err := p.shared.admit("default", &args.Args{PodExemptions: exemptions}); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, p, newPod("p", needing("20Gi"), annotated(rules.AnnotationEstimate, "memory=0")), "a"); got != want {
			t.Errorf("with podExemptions: %v the pod went to %q, want %q", exemptions, got, want)
		}
	}
}

func TestTheLineIsThatOfNodesThatAPodMayGoTo(t *testing.T) {
	c := newCluster(t, "- {name: memory-above-90, when: {metric: memory, above: 90%}, nodes: {matchLabels: {kubernetes.io/hostname: a}}, actions: {block: {}}}")
	p := newPlugin(c.board(map[string]float64{"a": 20, "free": 20}))
	p.shared.sources.Store(&podSources{nodes: nodeLister(newNode("a"), newNode("free"))})
	pinned := func(pod *v1.Pod) { pod.Spec.NodeSelector = map[string]string{v1.LabelHostname: "a"} }
	for name, tc := range map[string]struct {
		change func(*v1.Pod)
		events int
	}{
		"one that may go where no rule is": {func(*v1.Pod) {}, 0},
		"one that may go where a line is":  {pinned, 1},
	} {
		if c := p.begin(newPod(name, needing("5Gi"), annotated(rules.AnnotationEstimate, "memory=95Gi"), tc.change)); c == nil {
			t.Fatalf("%s is not governed", name)
		}
		sent := p.events.(*events.FakeRecorder).Events
		if len(sent) != tc.events {
			t.Errorf("%s: %d Events, want %d", name, len(sent), tc.events)
		}
		for len(sent) > 0 {
			<-sent
		}
	}
}
