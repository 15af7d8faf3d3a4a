package engine

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// program is a RuleSet prepared for evaluation. It is immutable.
type program struct {
	set *rules.RuleSet
	// metrics are the names of those that rules and preferences look at, by column.
	metrics []string
	rules   []compiled
	// preferences are in the order of the set.
	preferences []preferred
	index       map[rules.Key]int
	reasons     []string
	// lenient has a bit for each rule that gives way where every node breaks it.
	lenient []uint64
	// dryRuns is set where a rule is a dry run.
	dryRuns bool
	// evicts counts the rules that evict.
	evicts int
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
	// evict is nil where the rule moves no pods.
	evict *evicting
}

func newProgram(set *rules.RuleSet) *program {
	p := &program{
		set:     set,
		metrics: set.UsedMetrics(),
		rules:   make([]compiled, len(set.Rules)),
		index:   make(map[rules.Key]int, len(set.Rules)),
		reasons: reasonsOf(set),
		lenient: lenientRules(set.Rules),
	}
	for i := range set.Rules {
		p.index[set.Rules[i].Key()] = i
		p.rules[i] = p.compile(&set.Rules[i])
		p.dryRuns = p.dryRuns || set.Rules[i].DryRun
	}
	for i := range set.Preferences {
		p.preferences = append(p.preferences, p.prefer(&set.Preferences[i]))
	}
	return p
}

func (p *program) prefer(preference *rules.Preference) preferred {
	column, _ := slices.BinarySearch(p.metrics, preference.Metric)
	return preferred{preference, p.set.Metrics[preference.Metric], column}
}

func (p *program) compile(r *rules.Rule) compiled {
	c := p.condition(r)
	c.fingerprint = r.When.Fingerprint()
	c.timing = timing{hold: r.For, keep: r.KeepFiringFor, blind: longestMaxAge(c.leaves)}
	c.predicts = r.Block != nil && c.expr.predicts(c.leaves, false)
	c.evict = p.evict(&c)
	return c
}

// condition prepares a rule's condition alone.
func (p *program) condition(r *rules.Rule) compiled {
	next := 0
	c := compiled{Rule: r, expr: compile(&r.When, &next)}
	for l := range r.When.Leaves() {
		c.leaves = append(c.leaves, p.leaf(l))
	}
	return c
}

func (p *program) leaf(l *rules.Leaf) leaf {
	column, _ := slices.BinarySearch(p.metrics, l.Metric)
	m := p.set.Metrics[l.Metric]
	return leaf{
		Leaf: l, metric: m, column: column, holds: comparisons[l.Op],
		rises: l.Op.Rises(m), falls: l.Op.Negated().Rises(m),
	}
}

// judges reports whether a rule has anything to say about a node.
func (c *compiled) judges(n *Node) bool {
	return (c.Nodes.Empty() || c.Nodes.Matches(n.Labels)) && !n.Ignore.Ignores(c.Key())
}
