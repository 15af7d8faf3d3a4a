package telemetry

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/scheduler/framework"

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
			c.of("block: {}", "block: {}", "avoid: {points: 30}", "block: {}, avoid: {points: 70}"))
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

const nodesOfAWorld = 8

// world is a random cluster with its Board.
type world struct {
	board *engine.Board
	pods  []*v1.Pod // those that have nodes
}

func (c chance) world(t *testing.T) world {
	t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\n" + c.document()
	document, mistakes := rules.Parse("test", []byte(text), rules.Options{Metrics: metrics})
	if document == nil {
		t.Fatalf("%v\n%s", mistakes, text)
	}
	var out world
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
			out.pods = append(out.pods, pod)
		}
		nodes = append(nodes, node)
	}
	set := rules.Merge(metrics, []*rules.Document{document}, rules.Pause{Block: c.IntN(20) == 0})
	out.board, _ = engine.New(engine.Options{NewNodeGrace: 3 * time.Minute}, nil).Advance(noon, set, nodes, samples)
	return out
}

// oracle returns the Oracle of a plugin, whose lister has the pods.
func oracle(t *testing.T, p *Plugin, pods []*v1.Pod) *Oracle {
	t.Helper()
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	o := p.shared.Oracle(factory)
	o.reader = p.pods
	for _, pod := range pods {
		if err := factory.Core().V1().Pods().Informer().GetStore().Add(pod); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// said is what a node says in both ways.
type answered struct {
	Reason string
	Score  int64
}

// TestTheOracleSaysWhatFilterAndScoreSay asks both about random pods in random
// clusters.
func TestTheOracleSaysWhatFilterAndScoreSay(t *testing.T) {
	first := uint64(time.Now().UnixNano())
	seen := map[string]int{}
	for seed := first; seed < first+400; seed++ {
		c := chance{rand.New(rand.NewPCG(seed, 0))}
		w := c.world(t)
		p, pod := newPlugin(w.board), c.pod("asked")
		byCycle, byOracle := map[string]answered{}, map[string]answered{}
		for name, info := range w.infos() {
			byCycle[name] = w.cycle(t, p, pod, info)
		}
		for a := range oracle(t, p, w.pods).Ask(pod).Answers() {
			byOracle[a.Node] = answer(w.board, &a)
			seen[kindOf(w.board, &a)]++
			checkNumbers(t, &a, needOf(pod))
		}
		if diff := cmp.Diff(byCycle, byOracle); diff != "" {
			t.Fatalf("seed %d (-scheduling +oracle):\n%s", seed, diff)
		}
	}
	for _, kind := range []string{"", string(engine.Broke), string(engine.WouldBreak), string(engine.UnknownTelemetry)} {
		if seen[kind] < 5 {
			t.Errorf("the clusters show %q only %d times: the test proves little", kind, seen[kind])
		}
	}
}

func kindOf(board *engine.Board, a *NodeAnswer) string {
	if !a.Kept {
		return ""
	}
	_, kind := board.About(a.Reason)
	return string(kind)
}

func answer(board *engine.Board, a *NodeAnswer) (out answered) {
	if a.Kept {
		out.Reason = board.Reason(a.Reason)
	}
	if a.Worth != nil {
		out.Score = a.Worth.Score
	}
	return out
}

// checkNumbers wants the numbers to bear the verdict out.
func checkNumbers(t *testing.T, a *NodeAnswer, need engine.Amounts) {
	t.Helper()
	within := need.CPU <= a.Headroom.CPU && need.Memory <= a.Headroom.Memory && need.Pods <= a.Headroom.Pods
	if a.Broken == nil {
		return
	}
	if within {
		t.Errorf("%s: the pod needs %v, and is kept off although the headroom is %v", a.Node, need, a.Headroom)
	}
	if m := a.Broken.Most; !(need.CPU > m.CPU && need.Memory > m.Memory && need.Pods > m.Pods) {
		t.Errorf("%s: the pod needs %v, and that is not beyond %v", a.Node, need, m)
	}
}

func (w *world) infos() map[string]*framework.NodeInfo {
	out := map[string]*framework.NodeInfo{}
	for i := range nodesOfAWorld {
		info := framework.NewNodeInfo()
		info.SetNode(newNode(numbered("n", i)))
		out[info.Node().Name] = info
	}
	for _, pod := range w.pods {
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
