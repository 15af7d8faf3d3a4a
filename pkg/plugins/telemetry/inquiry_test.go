package telemetry

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// chance makes random clusters; one seed makes one cluster.
type chance struct{ *rand.Rand }

func (c chance) of(words ...string) string { return words[c.IntN(len(words))] }

func (c chance) condition(depth int) string {
	switch kind := c.IntN(6); {
	case depth == 0 || kind < 3:
		return c.of("{metric: memory, above: 90%}", "{metric: memory, above: 50%, clear: 20%}", "{metric: cpu, atLeast: 60%}",
			"{metric: pods, above: 5%}", "{metric: memory-available, below: 40Gi}", "{metric: cpu-available, atMost: 3}")
	case kind == 3:
		return "{not: " + c.condition(depth-1) + "}"
	}
	return fmt.Sprintf("{%s: [%s, %s]}", c.of("any", "all"), c.condition(depth-1), c.condition(depth-1))
}

// document writes some rules and preferences.
func (c chance) document() string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range 1 + c.IntN(5) {
		fmt.Fprintf(&b, "- {name: rule-%d, when: %s, onUnknown: %s%s%s%s, actions: {%s}}\n", i, c.condition(2),
			c.of("Allow", "Block", "KeepLast"), c.of("", "", ", pods: {matchLabels: {app: a}}"), c.of("", "", ", mode: DryRun"),
			c.of("", "", ", namespaces: {matchLabels: {team: b}}", ", maxPodPriority: 5", ", nodes: {matchLabels: {half: even}}"),
			c.of("block: {}", "block: {whenAllBlocked: ScheduleAnyway}", "avoid: {points: 30}", "block: {}, avoid: {points: 70}"))
	}
	b.WriteString("preferences:\n")
	for i := range c.IntN(3) {
		fmt.Fprintf(&b, "- {name: wish-%d, metric: %s, prefer: %s, weight: %d%s}\n", i, c.of("memory", "cpu"), c.of("Low", "High"), 1+c.IntN(9),
			c.of("", ", pods: {matchLabels: {app: a}}"))
	}
	return strings.TrimSuffix(b.String(), "preferences:\n")
}

func (c chance) pod(name string) *v1.Pod {
	p := newPod(name, needing(fmt.Sprintf("%dGi", c.IntN(40))), labelled("app", c.of("a", "b")))
	if estimate := c.of("", "", "memory=3Gi", "cpu=2,memory=30Gi", "memory=900Gi", "memory=-1"); estimate != "" {
		annotated(rules.AnnotationEstimate, estimate)(p)
	}
	if c.IntN(3) == 0 {
		controlledBy("Job")(p)
	}
	switch c.IntN(8) {
	case 0:
		p.Spec.Priority = new(int32(10))
	case 1:
		annotated(rules.AnnotationIgnore, c.of("rule-0", "*"))(p)
	case 2:
		controlledBy("DaemonSet")(p)
	case 3:
		p.Spec.Priority = new(int32(2_000_000_000))
	}
	return p
}

// measured holds random samples; some are missing or old.
type measured struct {
	at     time.Time
	values map[[2]string]float64
}

func (m measured) Sample(metric, node string) (float64, time.Time, string) {
	value := m.values[[2]string{metric, node}]
	switch {
	case value < 5:
		return 0, time.Time{}, "no sample"
	case value < 10:
		return value, m.at.Add(-time.Hour), ""
	case strings.HasPrefix(metric, rules.MetricMemoryAvailable):
		return value * (1 << 30), m.at, ""
	case metric == rules.MetricCPUAvailable:
		return value / 10, m.at, ""
	}
	return value, m.at, ""
}

// Window averages some metrics over a minute.
func (measured) Window(metric, _ string) time.Duration {
	return time.Duration(len(metric)%2) * time.Minute
}

const nodesOfAWorld = 8

// world is a random cluster with a plugin that knows its Board, and pods in flight.
type world struct {
	plugin *Plugin
	board  *engine.Board
	// pods are those that have nodes, and coming those that are about to be bound.
	pods, coming []*v1.Pod
}

// running lets a pod begin some time ago, or not yet.
func (c chance) running(pod *v1.Pod) *v1.Pod {
	if ago := c.IntN(12); ago > 0 {
		began := metav1.NewTime(noon.Add(-time.Duration(ago) * 20 * time.Second))
		pod.Status.ContainerStatuses = []v1.ContainerStatus{{State: v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: began}}}}
	}
	return pod
}

// fly has pods come to nodes by every way before a Board is made, and after.
func (c chance) fly(t *testing.T, w *world, advance func(flights map[string][]engine.Flight) *engine.Board) {
	t.Helper()
	ledger := w.plugin.shared.ledger
	if c.IntN(2) == 0 {
		ledger.Measurable(noon)
		ledger.Remember(map[inflight.Owner]inflight.Lesson{"job": {Use: inflight.Units{MilliCPU: 700, Bytes: 9 << 30}, Settled: c.IntN(2) == 0, At: noon}})
	}
	come := func(stage string) {
		for i := range c.IntN(6) {
			pod := c.pod(fmt.Sprintf("%s-%d", stage, i))
			if name := numbered("n", c.IntN(nodesOfAWorld)); c.IntN(2) == 0 {
				w.coming = append(w.coming, pod)
				attempt(t, w.plugin, pod, name)
				ledger.Reserve(pod, name, ledger.Estimate(pod).Units) // though rules are against it
				pod = pod.DeepCopy()
				pod.Spec.NodeName = name
				w.coming[len(w.coming)-1] = pod
			} else {
				pod.Spec.NodeName = name
				w.pods = append(w.pods, c.running(pod))
				ledger.Observe(pod, noon)
			}
		}
	}
	come("early")
	flights := ledger.Take(noon, time.Hour)
	come("between")
	w.board = advance(flights)
	w.plugin.shared.Publish(w.board, nil)
	come("late")
}

func (c chance) world(t *testing.T) world {
	t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\n" + c.document()
	document, mistakes := rules.Parse("test", []byte(text), rules.Options{Metrics: metrics})
	if document == nil {
		t.Fatalf("%v\n%s", mistakes, text)
	}
	out := world{plugin: newPlugin(nil)}
	out.plugin.shared.orders["telemetry-scheduler"] = func() string { return "" }
	samples := measured{noon, map[[2]string]float64{}}
	var nodes []engine.Node
	for i := range nodesOfAWorld {
		name, size := numbered("n", i), engine.Amounts{CPU: 10, Memory: 100 << 30, Pods: 110}
		node := engine.Node{Name: name, Created: noon.Add(-time.Hour), Labels: map[string]string{"half": c.of("even", "odd")}, Allocatable: size, Capacity: size}
		if c.IntN(3) == 0 {
			node.Created = noon.Add(-time.Minute)
		}
		for metric := range metrics {
			samples.values[[2]string{metric, name}] = c.Float64() * 100
		}
		for j := range c.IntN(3) {
			pod := c.pod(fmt.Sprintf("on-%s-%d", name, j))
			pod.Spec.NodeName = name
			out.pods = append(out.pods, c.running(pod))
			out.plugin.shared.ledger.Observe(pod, noon)
		}
		nodes = append(nodes, node)
	}
	set := rules.Merge(metrics, []*rules.Document{document}, rules.Pause{Block: c.IntN(20) == 0})
	c.fly(t, &out, func(flights map[string][]engine.Flight) *engine.Board {
		for i := range nodes {
			nodes[i].Flights = flights[nodes[i].Name]
		}
		board, _ := engine.New(engine.Options{NewNodeGrace: 3 * time.Minute}, nil).Advance(noon, set, nodes, samples)
		return board
	})
	return out
}

// oracle returns the Oracle of a plugin, whose lister has the pods.
func oracle(t *testing.T, p *Plugin, pods []*v1.Pod) *inquiry.Oracle {
	t.Helper()
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	o := p.shared.Oracle(factory)
	o.Reader = p.pods
	for _, pod := range pods {
		if err := factory.Core().V1().Pods().Informer().GetStore().Add(pod); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// said is what a node says in both ways.
type answered struct {
	Reason   string
	GivesWay bool
	Score    int64
}

// TestTheOracleSaysWhatFilterAndScoreSay asks both about random pods in random
// clusters.
func TestTheOracleSaysWhatFilterAndScoreSay(t *testing.T) {
	first := uint64(time.Now().UnixNano())
	seen := map[string]int{}
	for seed := first; seed < first+400; seed++ {
		c := chance{rand.New(rand.NewPCG(seed, 0))}
		w := c.world(t)
		p, pod := w.plugin, c.pod("asked")
		byCycle, byOracle := map[string]answered{}, map[string]answered{}
		for name, info := range w.infos() {
			byCycle[name] = w.cycle(t, p, pod, info)
		}
		asked := oracle(t, p, w.pods).Ask(pod)
		answers := slices.Collect(asked.Answers())
		got, _ := asked.LeastViolating(answers)
		if diff := cmp.Diff(w.least(t, pod, byCycle), got); diff != "" {
			t.Fatalf("seed %d: the least violating node (-scheduling +oracle):\n%s", seed, diff)
		} else if got.Node != "" {
			seen["least"]++
		}
		for _, a := range answers {
			byOracle[a.Node] = answer(w.board, &a)
			w.see(seen, &a, asked)
			checkNumbers(t, asked, &a)
			if a.Kept && a.GivesWay != lenient(w.board, a.Reason) {
				t.Errorf("seed %d: firm rules let the pod onto %s: %v, and it is refused by %q", seed, a.Node, a.GivesWay, w.board.Reason(a.Reason))
			}
		}
		if diff := cmp.Diff(byCycle, byOracle); diff != "" {
			t.Fatalf("seed %d (-scheduling +oracle):\n%s", seed, diff)
		}
	}
	for _, kind := range []string{"", string(engine.Broke), string(engine.WouldBreak), string(engine.UnknownTelemetry), "arrived", "gives way", "least", "annotation", "siblings", "complaints"} {
		if seen[kind] < 5 {
			t.Errorf("the clusters show %q only %d times: the test proves little", kind, seen[kind])
		}
	}
}

// least is what PostFilter chooses where no node took the pod.
func (w *world) least(t *testing.T, pod *v1.Pod, answers map[string]answered) (least engine.Violation) {
	t.Helper()
	c := w.plugin.begin(pod)
	if c == nil {
		return least
	}
	var candidates []engine.Candidate
	for name, info := range w.infos() {
		switch a := answers[name]; {
		case a.Reason == "":
			return least
		case a.GivesWay:
			candidates = append(candidates, c.candidate(info, engine.Amounts{}))
		}
	}
	least, _ = c.board.LeastViolating(c.board.Lenient(c.governing), candidates)
	return least
}

// see counts what the worlds show.
func (w *world) see(seen map[string]int, a *inquiry.NodeAnswer, q *inquiry.Inquiry) {
	seen[kindOf(w.board, a)]++
	seen[string(q.Estimate.Memory)]++
	for what, is := range map[string]bool{"arrived": a.Arrived.Pods > 0, "gives way": a.GivesWay, "complaints": len(q.Complaints) > 0} {
		if is {
			seen[what]++
		}
	}
}

func kindOf(board *engine.Board, a *inquiry.NodeAnswer) string {
	if !a.Kept {
		return ""
	}
	_, kind := board.About(a.Reason)
	return string(kind)
}

// lenient reports whether a reason is about a rule that gives way.
func lenient(board *engine.Board, r engine.Reason) bool {
	rule, _ := board.About(r)
	return slices.ContainsFunc(board.WhyGoverned(engine.PodFacts{}), func(g engine.Governed) bool { return g.Rule == rule && g.Lenient })
}

func answer(board *engine.Board, a *inquiry.NodeAnswer) (out answered) {
	out.GivesWay = a.GivesWay
	if a.Kept {
		out.Reason = board.Reason(a.Reason)
	}
	if a.Worth != nil {
		out.Score = a.Worth.Score
	}
	return out
}

// checkNumbers wants the numbers to bear the verdict out.
func checkNumbers(t *testing.T, q *inquiry.Inquiry, a *inquiry.NodeAnswer) {
	t.Helper()
	if kindOf(q.Board, a) != string(engine.WouldBreak) {
		return
	}
	if need := q.Need; need.CPU <= a.Headroom.CPU && need.Memory <= a.Headroom.Memory && need.Pods <= a.Headroom.Pods {
		t.Errorf("%s: the pod needs %v, and is kept off although the headroom is %v", a.Node, need, a.Headroom)
	}
	f := q.Why(a).Forecast
	if beyond := func(l *engine.LeafForecast) bool { return l != nil && l.Beyond && l.Pod > l.Left }; f.Sentence == "" || !slices.ContainsFunc(f.Leaves, beyond) {
		t.Errorf("%s: the pod would break %q, and the forecast is %q, %+v", a.Node, q.Board.Reason(a.Reason), f.Sentence, f.Leaves)
	}
}

func (w *world) infos() map[string]*framework.NodeInfo {
	out := map[string]*framework.NodeInfo{}
	for i := range nodesOfAWorld {
		info := framework.NewNodeInfo()
		info.SetNode(newNode(numbered("n", i)))
		out[info.Node().Name] = info
	}
	for _, pod := range slices.Concat(w.pods, w.coming) {
		out[pod.Spec.NodeName].AddPod(pod)
	}
	return out
}

// cycle asks one node as kube-scheduler does.
func (w *world) cycle(t *testing.T, p *Plugin, pod *v1.Pod, info *framework.NodeInfo) (out answered) {
	t.Helper()
	state := framework.NewCycleState()
	if _, status := p.PreFilter(t.Context(), state, pod, nil); !status.IsSkip() {
		if status := p.Filter(t.Context(), state, pod, info); !status.IsSuccess() {
			out.Reason = status.Reasons()[0]
			c, _ := cycleOf(state)
			_, kept := c.keptOff(c.board.View(c.board.Firm(c.governing)), info)
			out.GivesWay = !kept
		}
	}
	if status := p.PreScore(t.Context(), state, pod, nil); !status.IsSkip() {
		score, status := p.Score(t.Context(), state, pod, info)
		if !status.IsSuccess() {
			t.Fatal(status)
		}
		out.Score = score
	}
	return out
}

func TestTheOracleTakesNoPlaceOfTheScheduler(t *testing.T) {
	board := newCluster(t, memoryRule).board(map[string]float64{"n": 95})
	p := newPlugin(board)
	asked, kept := oracle(t, p, nil).Ask(newPod("p")), board.Govern(engine.PodFacts{})
	if first, second := board.Glance(kept), board.Glance(kept); first == second {
		t.Error("the View of somebody who asks once is kept")
	}
	if asked == nil || asked.Need.Pods != 1 || board.View(kept) != board.Glance(kept) {
		t.Error("the View of the scheduler is made twice")
	}
}

func TestTheOracleKnowsNothingBeforeTheFirstBoard(t *testing.T) {
	if oracle(t, newPlugin(nil), nil).Ask(newPod("p")) != nil {
		t.Error("there is an answer without a Board")
	}
}

func TestTheLeastViolatingOfNewNodesIsFoundByRequests(t *testing.T) {
	c := newCluster(t, lenientRule)
	c.created, c.silent = noon, true
	p := newPlugin(c.board(map[string]float64{"a": 0, "b": 0}))
	p.shared.orders["telemetry-scheduler"] = func() string { return "" }
	placed := []*v1.Pod{newPod("large", needing("80Gi"), onNode("a")), newPod("small", needing("60Gi"), onNode("b"))}
	asked := oracle(t, p, placed).Ask(newPod("p", needing("50Gi")))
	if least, found := asked.LeastViolating(slices.Collect(asked.Answers())); !found || least.Node != "b" {
		t.Errorf("the least violating node is %+v", least)
	}
}
