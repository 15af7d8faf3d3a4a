package engine

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is a time so many seconds after the start.
func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

const gib = 1 << 30

// metrics are those of the tests: the built-in shape of memory and cpu, free
// memory, and one that no pod moves.
var metrics = map[string]rules.Metric{
	"memory":           {Name: "memory", Unit: rules.UnitPercent, MaxAge: time.Minute, InFlight: rules.InFlight{Resource: rules.ResourceMemory, Of: rules.OfAllocatable}},
	"cpu":              {Name: "cpu", Unit: rules.UnitPercent, MaxAge: time.Minute, InFlight: rules.InFlight{Resource: rules.ResourceCPU, Of: rules.OfCapacity}},
	"memory-available": {Name: "memory-available", Unit: rules.UnitBytes, MaxAge: time.Minute, InFlight: rules.InFlight{Resource: rules.ResourceMemory, Of: rules.OfAbsolute, Free: true}},
	"health":           {Name: "health", MaxAge: time.Minute},
	"other":            {Name: "other", MaxAge: 2 * time.Minute},
}

func leafOf(metric string, op rules.Op, threshold float64) rules.Condition {
	return rules.Condition{Leaf: &rules.Leaf{Metric: metric, Op: op, Threshold: threshold, Clear: threshold}}
}

func anyOf(of ...rules.Condition) rules.Condition { return rules.Condition{Any: of} }
func allOf(of ...rules.Condition) rules.Condition { return rules.Condition{All: of} }
func not(c rules.Condition) rules.Condition       { return rules.Condition{Not: &c} }

// above90 is the rule that started it all, under another name on request.
func above90(change ...func(*rules.Rule)) rules.Rule {
	r := blocking(leafOf("memory", rules.Above, 90))
	for _, c := range change {
		c(&r)
	}
	return r
}

func blocking(when rules.Condition) rules.Rule {
	return rules.Rule{
		Name: "rule", When: when, OnUnknown: rules.UnknownAllow, KeepLastFor: 15 * time.Minute,
		Nodes: labels.Everything(), Pods: labels.Everything(), Namespaces: labels.Everything(),
		Block: &rules.Block{WhenAllBlocked: rules.DoNotSchedule},
	}
}

func setOf(list ...rules.Rule) *rules.RuleSet { return &rules.RuleSet{Metrics: metrics, Rules: list} }

// nodes returns old nodes of 16 cores, 100 GiB and 100 pods.
func nodes(names ...string) []Node {
	out := make([]Node, len(names))
	for i, name := range names {
		size := Amounts{CPU: 16, Memory: 100 * gib, Pods: 100}
		out[i] = Node{Name: name, Created: start.Add(-24 * time.Hour), Allocatable: size, Capacity: size}
	}
	return out
}

// reading is one sample; missing holds the reason where there is none.
type reading struct {
	value   float64
	at      time.Time
	missing string
}

// readings are samples by "metric node".
type readings map[string]reading

func (r readings) Sample(metric, node string) (float64, time.Time, string) {
	got, found := r[metric+" "+node]
	if !found {
		return 0, time.Time{}, "no sample"
	}
	return got.value, got.at, got.missing
}

// Window implements Samples: all values are those of an instant.
func (r readings) Window(string, string) time.Duration { return 0 }

// world drives one engine.
type world struct {
	engine *Engine
	set    *rules.RuleSet
	nodes  []Node
	last   *Board
}

func newWorld(set *rules.RuleSet, nodes []Node) *world {
	return &world{engine: New(Options{NewNodeGrace: 3 * time.Minute}, &State{}), set: set, nodes: nodes}
}

// tick evaluates samples of one metric that are as old as the tick.
func (w *world) tick(now time.Time, metric string, values map[string]float64) []Transition {
	r := readings{}
	for node, value := range values {
		r[metric+" "+node] = reading{value: value, at: now}
	}
	return w.read(now, r)
}

func (w *world) read(now time.Time, r readings) []Transition {
	board, transitions := w.engine.Advance(now, w.set, w.nodes, r)
	w.last = board
	return transitions
}

// phase returns the phase of the only rule on a node.
func (w *world) phase(t *testing.T, node string) Phase {
	t.Helper()
	v, found := w.last.Explain(w.set.Rules[0].Key(), node)
	if !found {
		t.Fatalf("the Board knows nothing of %s", node)
	}
	return v.Phase
}

// outlook is how a plain pod sees a node.
func (w *world) outlook(node string) *Outlook {
	return w.last.View(w.last.Govern(PodFacts{})).Node(node)
}

// blocked returns why a plain pod may not go to a node; "" if it may.
func (w *world) blocked(node string) string {
	if reason, blocked := w.outlook(node).Blocked(); blocked {
		return w.last.Reason(reason)
	}
	return ""
}

// breaks reports whether a plain pod would break a rule.
func (w *world) breaks(node string, need, requested Amounts) bool {
	_, breaks := w.outlook(node).WouldBreak(need, Amounts{}, requested)
	return breaks
}
