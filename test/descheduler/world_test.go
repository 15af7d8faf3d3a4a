// Package descheduler closes the loop of evictions in virtual time: the real engine, planner
// and memory, on a cluster whose load drifts. What is not real here is a few lines each: the
// proof of a home asks the rules alone, the scheduler takes the node with the fewest pods
// of those that the rules leave, and controllers make the successor of a pod at once.
package descheduler

import (
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
)

const (
	nodeSize   = float64(64 << 30)
	percent    = nodeSize / 100
	line       = 90
	namespaces = 8
	// measuredEvery is how often the use of single pods is read.
	measuredEvery = time.Minute
)

var began = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// Clusters of 24 nodes whose load drifts for an hour and a half, and then stays: roomy is
// 68 % full, and in tight only few nodes could take a pod and stay clear.
var (
	roomy = drift.Spec{
		Nodes: 24, Apps: 58, Replicas: 5, Least: 2.5, Most: 8, Step: 15 * time.Second, Sigma: 0.04, Lowest: 0.5, Highest: 1.7,
		Calm: 90 * time.Minute, Length: 3 * time.Hour, Emptiest: 52, Fullest: 88, Other: 5,
	}
	tight = func(s drift.Spec) drift.Spec {
		s.Other = 17
		return s
	}(roomy)
)

// operator are the limits that are the default.
var operator = plan.Policy{
	After: time.Minute, MaxAge: time.Minute, Cooldown: 30 * time.Minute, Limits: plan.PerHour{Node: 4, Owner: 2, Namespace: 5, Total: 20},
}

var concurrent = plan.AtOnce{Node: 1, Total: 3}

const minPodAge = 5 * time.Minute

// relieve is the rule: memory above 90 %, clear 85 %.
var relieve = rules.Rule{
	Name: "memory-above-90", When: rules.Condition{Leaf: &rules.Leaf{Metric: rules.MetricMemory, Op: rules.Above, Threshold: line, Clear: 85}},
	For: 30 * time.Second, OnUnknown: rules.UnknownAllow, Block: &rules.Block{WhenAllBlocked: rules.DoNotSchedule},
	Evict: &rules.Evict{Goal: rules.Relieve, After: operator.After},
	Nodes: labels.Everything(), Pods: labels.Everything(), Namespaces: labels.Everything(),
}

func ruleSetOf(r rules.Rule) *rules.RuleSet {
	return &rules.RuleSet{Metrics: rules.Builtins(15*time.Second, time.Minute), Rules: []rules.Rule{r}}
}

var horizon = engine.Horizon(ruleSetOf(relieve))

// slot is the pod that fills a slot now.
type slot struct {
	// node is Nowhere while a successor waits; it exists from ready on.
	node  int
	ready time.Duration
	// bound is when the pod was; measured is what it was seen to use, and seen when.
	bound, seen time.Duration
	measured    float64
	// generation counts the pods that filled the slot, and uid is that of the last one.
	generation int
	uid        string
	refusal    plan.Reason
	priority   int32
	stays      bool
}

// world is one cluster.
type world struct {
	load   *drift.Load
	random *rand.Rand
	set    *rules.RuleSet
	now    time.Duration
	// every is when the process is restarted again and again; 0 is never. left is what it
	// leaves behind.
	every  time.Duration
	left   left
	slots  []slot
	engine *engine.Engine
	board  *engine.Board
	memory *memory.Memory
	// values are what nodes use, and arrived is what came to them since the Board.
	values, arrived []float64
	// homes has the node on which room is held for the successor of a slot, moves those that
	// were begun by the victim, and begun all of them.
	homes  map[int]int
	moves  map[string]*move
	begun  []*move
	events []drift.Event
	// last is the plan of the last round.
	last plan.Plan
}

// move is one that was begun. before is what its node used then, and gone when the victim
// will have terminated.
type move struct {
	at, gone     time.Duration
	slot, from   int
	before       float64
	home, landed int
	// running and there are the moves under way with it, and those of them from its node.
	running, there int32
}

func newWorld(spec drift.Spec, seed uint64) *world {
	w := &world{
		load: drift.Draw(spec, seed), random: rand.New(rand.NewPCG(seed, 1)), set: ruleSetOf(relieve),
		values: make([]float64, spec.Nodes), moves: map[string]*move{},
	}
	for i, node := range w.load.Start {
		s := slot{uid: uidOf(i, 0), node: node, bound: -time.Hour, seen: -measuredEvery, stays: w.random.IntN(10) == 0}
		if w.random.IntN(5) == 0 {
			s.priority = 100
		}
		if w.random.IntN(6) == 0 {
			s.refusal = plan.SingleReplica
		}
		w.slots = append(w.slots, s)
	}
	w.begin(&engine.State{}, memory.New())
	return w
}

// names are those of nodes, and numbers are theirs.
var names, numbers = func() (names []string, numbers map[string]int) {
	numbers = map[string]int{}
	for n := range roomy.Nodes {
		names = append(names, fmt.Sprintf("node-%02d", n))
		numbers[names[n]] = n
	}
	return names, numbers
}()

func (w *world) clock() time.Time { return began.Add(w.now) }

func (w *world) uid(i int) string { return w.slots[i].uid }

func uidOf(slot, generation int) string { return fmt.Sprintf("%d/%d", slot, generation) }

func (w *world) ownerOf(i int) string { return fmt.Sprint("app-", w.load.App(i)) }

func (w *world) namespaceOf(i int) string { return fmt.Sprint("ns-", w.load.App(i)%namespaces) }

// run goes on until the end of the load.
func (w *world) run() drift.Outcome {
	w.until(w.load.Length + w.load.Step)
	return drift.Judge(w.load, line, w.events, w.load.Length)
}

// until makes a round each step, up to the one that is then.
func (w *world) until(then time.Duration) {
	for w.now < then {
		if w.every > 0 && w.now > 0 && w.now%w.every == 0 {
			w.restart()
		}
		w.round()
	}
}

func (w *world) round() {
	w.leave()
	w.measure()
	w.board, _ = w.engine.Advance(w.clock(), w.set, w.nodes(), w)
	w.arrived = make([]float64, w.load.Nodes)
	w.schedule()
	w.follow()
	w.decide()
	w.leaveBehind()
	w.now += w.load.Step
}

// measure reads what nodes use, and now and then what pods do.
func (w *world) measure() {
	for n := range w.values {
		w.values[n] = w.load.Other
	}
	for i := range w.slots {
		s := &w.slots[i]
		if s.node == drift.Nowhere {
			continue
		}
		use := w.load.Uses(i, w.now)
		w.values[s.node] += use
		if (w.now%measuredEvery == 0 || s.seen < 0) && w.now > s.bound {
			s.measured, s.seen = use*percent, w.now
		}
	}
}

// Sample implements engine.Samples.
func (w *world) Sample(_, node string) (float64, time.Time, string) {
	return w.values[numbers[node]], w.clock(), ""
}

// Window implements engine.Samples: all values are those of an instant.
func (w *world) Window(string, string) time.Duration { return 0 }

// nodes are those of the cluster, with what is in flight to them.
func (w *world) nodes() []engine.Node {
	size := engine.Amounts{CPU: 16, Memory: nodeSize, Pods: 110}
	out := make([]engine.Node, w.load.Nodes)
	for n := range out {
		out[n] = engine.Node{Name: names[n], Created: began.Add(-24 * time.Hour), Allocatable: size, Capacity: size}
	}
	for i := range w.slots {
		s := &w.slots[i]
		if s.node == drift.Nowhere || w.now-s.bound > horizon {
			continue
		}
		f := engine.Flight{Estimate: w.need(i), Began: began.Add(s.bound), Bound: true, Measurable: true}
		if s.seen > s.bound {
			f.Used, f.Measured = w.need(i), began.Add(s.seen)
		}
		out[s.node].Flights = append(out[s.node].Flights, f)
	}
	return out
}

// need is what a pod is expected to use: what it, or its predecessor, was measured to.
func (w *world) need(i int) engine.Amounts {
	return engine.Amounts{Memory: w.slots[i].measured, Pods: 1}
}
