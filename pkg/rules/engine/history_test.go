package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// history is all that an engine is ever told, and what it is asked. Each tick
// stands for itself, so that any of them can be left out.
type history struct {
	grace time.Duration
	ticks []tick
}

// tick is one evaluation.
type tick struct {
	now     time.Time
	restart restart
	// forgets is how many ticks the stored state of a restart lags behind.
	forgets int
	set     *rules.RuleSet
	nodes   []engine.Node
	samples samples
	asked   []question
}

// restart says what happened to the engine just before a tick.
type restart uint8

const (
	goesOn restart = iota
	withState
	withoutState
)

func (r restart) String() string {
	return [...]string{"", ", restarted with its state", ", restarted without a state"}[r]
}

// question is what is asked about a pod on every node after a tick.
type question struct {
	pod engine.PodFacts
	// arrived came to each node since the tick.
	need, arrived, requested engine.Amounts
}

// reading is one answer of a source.
type reading struct {
	value   float64
	at      time.Time
	missing string
}

type series struct{ metric, node string }

// samples is the telemetry of one tick.
type samples map[series]reading

func (s samples) read(metric, node string) reading {
	if got, found := s[series{metric, node}]; found {
		return got
	}
	return reading{missing: "no series"}
}

// Sample implements engine.Samples.
func (s samples) Sample(metric, node string) (float64, time.Time, string) {
	got := s.read(metric, node)
	return got.value, got.at, got.missing
}

// Window implements engine.Samples.
func (s samples) Window(metric, _ string) time.Duration { return metrics()[metric].Window }

// machine runs the engine through a history.
type machine struct {
	t      testing.TB
	grace  time.Duration
	engine *engine.Engine
	// states are the stored states after the ticks that are remembered.
	states [][]byte
}

func (m *machine) advance(t *tick) (*engine.Board, []engine.Transition) {
	switch {
	case len(m.states) == 0 || t.restart == withoutState:
		m.states = nil
		m.engine = engine.New(engine.Options{NewNodeGrace: m.grace}, nil)
	case t.restart == withState:
		m.states = m.states[:len(m.states)-min(t.forgets, len(m.states)-1)]
		m.engine = engine.New(engine.Options{NewNodeGrace: m.grace}, m.stored())
	}
	board, transitions := m.engine.Advance(t.now, t.set, slices.Clone(t.nodes), t.samples)
	text, err := json.Marshal(m.engine.State(func(rules.Key, int) bool { return true }))
	if err != nil {
		m.t.Fatalf("storing the state: %v", err)
	}
	m.states = append(m.states, text)
	return board, transitions
}

func (m *machine) stored() *engine.State {
	state := new(engine.State)
	if err := json.Unmarshal(m.states[len(m.states)-1], state); err != nil {
		m.t.Fatalf("reading the state back: %v", err)
	}
	return state
}

// String tells a history to people.
func (h *history) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "new nodes have a grace of %v\n", h.grace)
	for i := range h.ticks {
		t := &h.ticks[i]
		fmt.Fprintf(&b, "tick %d at %s%v", i, t.now.Format("15:04:05"), t.restart)
		if t.restart == withState {
			fmt.Fprintf(&b, " of %d ticks earlier", t.forgets)
		}
		b.WriteString("\n")
		if i == 0 || t.set != h.ticks[i-1].set {
			writeRules(&b, t.set)
		}
		t.write(&b)
	}
	return b.String()
}

func writeRules(b *strings.Builder, set *rules.RuleSet) {
	for i := range set.Rules {
		r := &set.Rules[i]
		fmt.Fprintf(b, "  rule %s: %s, for %v, keepFiringFor %v, onUnknown %s for %v, nodes %q, blocks %v, avoid %+v, paused %v, dry run %v\n",
			r.Key(), describe(&r.When), r.For, r.KeepFiringFor, r.OnUnknown, r.KeepLastFor, r.Nodes, r.Block != nil, r.Avoid, r.Paused, r.DryRun)
		if e := r.Evict; e != nil && e.Homes != nil {
			fmt.Fprintf(b, "    evicts to %d nodes or more with %s\n", e.Homes.MinNodes, describe(&e.Homes.When))
		} else if e != nil {
			b.WriteString("    evicts\n")
		}
		for l := range r.When.Leaves() {
			fmt.Fprintf(b, "    %s may be %v old\n", l.Metric, set.Metrics[l.Metric].MaxAge)
		}
	}
	if set.Pause.Block {
		fmt.Fprintf(b, "  blocks are paused until %s\n", set.Pause.Until.Format("15:04:05"))
	}
	for _, s := range set.Pause.Silences {
		fmt.Fprintf(b, "  rule %q is silent on node %q until %s\n", s.Rule, s.Node, s.Until.Format("15:04:05"))
	}
}

// describe writes a tree with its clear levels.
func describe(c *rules.Condition) string {
	switch {
	case c.Leaf != nil:
		return fmt.Sprintf("%s %s %v clear %v", c.Leaf.Metric, c.Leaf.Op, c.Leaf.Threshold, c.Leaf.Clear)
	case c.Not != nil:
		return "not (" + describe(c.Not) + ")"
	}
	word, branches := "any", c.Any
	if len(c.All) > 0 {
		word, branches = "all", c.All
	}
	parts := make([]string, len(branches))
	for i := range branches {
		parts[i] = describe(&branches[i])
	}
	return word + "[" + strings.Join(parts, "; ") + "]"
}

func (t *tick) write(b *strings.Builder) {
	for i := range t.nodes {
		n := &t.nodes[i]
		fmt.Fprintf(b, "  node %s {%s} of %s, ignores %v, allocatable %v:", n.Name, n.Labels, n.Created.Format("15:04:05"), n.Ignore, n.Allocatable)
		for _, metric := range metricNames {
			if got := t.samples.read(metric, n.Name); got.missing == "" && t.compares(metric) {
				fmt.Fprintf(b, " %s=%v@%s", metric, got.value, got.at.Format("15:04:05"))
			}
		}
		b.WriteString("\n")
	}
	for i := range t.asked {
		fmt.Fprintf(b, "  asked for %+v\n", t.asked[i])
	}
}

// compares reports whether any rule looks at a metric: an engine reads no other.
func (t *tick) compares(metric string) bool {
	return slices.Contains(t.set.UsedMetrics(), metric)
}

// rule returns the rule of that key; nil where there is none.
func (t *tick) rule(key rules.Key) *rules.Rule {
	for i := range t.set.Rules {
		if t.set.Rules[i].Key() == key {
			return &t.set.Rules[i]
		}
	}
	return nil
}

// node returns the node of that name, of several the last; nil where there is
// none.
func (t *tick) node(name string) *engine.Node {
	for i := len(t.nodes) - 1; i >= 0; i-- {
		if t.nodes[i].Name == name {
			return &t.nodes[i]
		}
	}
	return nil
}

// names returns the names of the nodes, each once and sorted.
func (t *tick) names() []string {
	var out []string
	for i := range t.nodes {
		out = append(out, t.nodes[i].Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
