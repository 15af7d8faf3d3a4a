package engine

import (
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// program is a RuleSet prepared for evaluation. It is immutable.
type program struct {
	set *rules.RuleSet
	// metrics are the names of those that rules compare, by column.
	metrics []string
	rules   []compiled
	index   map[rules.Key]int
	reasons []string
}

// compiled is one rule.
type compiled struct {
	*rules.Rule
	fingerprint string
	expr        expr
	leaves      []leaf
	timing      timing
	// predicts is set where a pod can move the condition towards True.
	predicts bool
}

func newProgram(set *rules.RuleSet) *program {
	p := &program{
		set:     set,
		metrics: metricsOf(set),
		rules:   make([]compiled, len(set.Rules)),
		index:   make(map[rules.Key]int, len(set.Rules)),
		reasons: reasonsOf(set),
	}
	for i := range set.Rules {
		p.index[set.Rules[i].Key()] = i
		p.rules[i] = p.compile(&set.Rules[i])
	}
	return p
}

// metricsOf returns the metrics that rules compare, sorted.
func metricsOf(set *rules.RuleSet) []string {
	used := map[string]bool{}
	for i := range set.Rules {
		for l := range set.Rules[i].When.Leaves() {
			used[l.Metric] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

func (p *program) compile(r *rules.Rule) compiled {
	next := 0
	c := compiled{Rule: r, fingerprint: r.When.Fingerprint(), expr: compile(&r.When, &next)}
	for l := range r.When.Leaves() {
		c.leaves = append(c.leaves, p.leaf(l))
	}
	c.timing = timing{hold: r.For, keep: r.KeepFiringFor, blind: longestMaxAge(c.leaves)}
	c.predicts = r.Block != nil && c.expr.predicts(c.leaves, false)
	return c
}

func (p *program) leaf(l *rules.Leaf) leaf {
	column, _ := slices.BinarySearch(p.metrics, l.Metric)
	return leaf{Leaf: l, metric: p.set.Metrics[l.Metric], column: column, holds: comparisons[l.Op]}
}

// judges reports whether a rule has anything to say about a node.
func (c *compiled) judges(n *Node) bool {
	return (c.Nodes.Empty() || c.Nodes.Matches(n.Labels)) && !n.Ignore.Ignores(c.Name)
}
