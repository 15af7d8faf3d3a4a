package engine

import (
	"math"
	"slices"
	"sync"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// gauge measures how far one node would be beyond the thresholds of rules with a
// pod on it.
type gauge struct {
	board     *Board
	slot      int
	node      *NodeBoard
	candidate *Candidate
	now       instant
	young     bool
	// rest are the limits of rules that were not asked for yet; rules come in order.
	rest []limit
}

func (b *Board) gauge() *gauge { return &gauge{board: b, now: instantOf(b.At)} }

// aim turns to a candidate; false if the Board does not know its node.
func (m *gauge) aim(c *Candidate) (known bool) {
	if m.slot, known = m.board.roster.slots[c.Node]; known {
		m.candidate, m.node = c, &m.board.nodes[m.slot]
		m.young = m.board.isYoung(m.slot)
		m.rest = m.node.limits
	}
	return known
}

// measured is what comes on top of what telemetry knows, and asked all that is
// requested.
func (m *gauge) measured() Amounts { return m.candidate.Need.Plus(m.candidate.Arrived) }
func (m *gauge) asked() Amounts    { return m.candidate.Need.Plus(m.candidate.Requested) }

// fires reports whether a rule keeps pods off the node now.
func (m *gauge) fires(rule int) bool { return m.node.blocks(rule) }

// wouldBreak reports whether the pod would break a rule on the node, and whether what is
// there or on its way does so already, which telemetry will show later.
func (m *gauge) wouldBreak(rule int) (breaks, already bool) {
	for len(m.rest) > 0 && int(m.rest[0].rule) <= rule {
		l := &m.rest[0]
		if int(l.rule) == rule {
			breaks = breaks || m.measured().exceeds(l.most) && m.node.beyond(l, m.asked())
			already = already || m.candidate.Arrived.exceeds(l.most) && m.node.beyond(l, m.candidate.Requested)
		}
		m.rest = m.rest[1:]
	}
	return breaks, already
}

// overshoot returns how far a rule's tree is from False, in spreads of its
// metrics: an "all" ends with its nearest branch, an "any" with its farthest. It is
// negative where the tree is False.
func (m *gauge) overshoot(rule int) float64 {
	r := &m.board.program.rules[rule]
	return m.tree(r, &r.expr, false, m.board.spreadsOf(rule))
}

func (m *gauge) tree(r *compiled, e *expr, negated bool, spreads []float64) float64 {
	switch e.op {
	case isLeaf:
		return m.leaf(r, literal{&r.leaves[e.leaf], negated}) / spreads[e.leaf]
	case isNot:
		return m.tree(r, &e.of[0], !negated, spreads)
	}
	pick, out := math.Max, math.Inf(-1)
	if (e.op == isAny) == negated {
		pick, out = math.Min, math.Inf(1)
	}
	for i := range e.of {
		out = pick(out, m.tree(r, &e.of[i], negated, spreads))
	}
	return out
}

// leaf returns how far a literal is beyond its threshold, in the metric's unit. One
// of which nothing is known makes nothing True.
func (m *gauge) leaf(r *compiled, l literal) float64 {
	s := &m.board.columns[l.column][m.slot]
	switch {
	case l.rising() && l.awaits(s, m.young):
		return l.beyond(l.moved(s, m.empty(l, s), m.asked().of(l.metric.InFlight.Resource)))
	case !r.stands(l.leaf, s, m.now):
		return math.Inf(-1)
	case l.rising():
		return l.beyond(l.moved(s, s.value, m.measured().of(l.metric.InFlight.Resource)+s.unseen))
	}
	return l.beyond(s.value)
}

// empty is the value on a node without any pod.
func (m *gauge) empty(l literal, s *sample) float64 {
	if l.metric.InFlight.Free {
		return m.board.sizes[m.slot].total(l.metric.InFlight) / s.unit
	}
	return 0
}

// moved returns a value once the pod is there. On a node without any of the resource
// it stays what it is.
func (l literal) moved(s *sample, value, amount float64) float64 {
	switch {
	case !(s.unit > 0):
		return value
	case l.metric.InFlight.Free:
		return value - amount/s.unit
	default:
		return value + amount/s.unit
	}
}

// beyond returns how far a value is beyond the threshold. Being equal or not has no
// degrees but the distance from it.
func (l literal) beyond(value float64) float64 {
	switch l.comparison() {
	case rules.Above, rules.AtLeast:
		return value - l.Threshold
	case rules.Below, rules.AtMost:
		return l.Threshold - value
	case rules.NotEqual:
		return math.Abs(value - l.Threshold)
	}
	return -math.Abs(value - l.Threshold)
}

// spreads are those of the leaves of one rule, found when somebody asks.
type spreads struct {
	once   sync.Once
	leaves []float64
}

// spreadsOf returns how far the values of each leaf of a rule lie apart on the nodes
// that the rule selects.
func (b *Board) spreadsOf(rule int) []float64 {
	s := &b.spreads[rule]
	s.once.Do(func() {
		r := &b.program.rules[rule]
		for i := range r.leaves {
			s.leaves = append(s.leaves, spread(b.known(rule, &r.leaves[i])))
		}
	})
	return s.leaves
}

// known returns the sorted values of a leaf on the nodes that the rule selects.
func (b *Board) known(rule int, l *leaf) []float64 {
	var out []float64
	for slot := range b.columns[l.column] {
		s := &b.columns[l.column][slot]
		if b.pair(slot, rule).selected && b.program.rules[rule].stands(l, s, instantOf(b.At)) {
			out = append(out, s.value)
		}
	}
	slices.Sort(out)
	return out
}

// spread is never so small that noise looks like a difference; 1 where there is
// nothing to measure by.
func spread(sorted []float64) float64 {
	if len(sorted) == 0 {
		return 1
	}
	out := math.Max(sorted[len(sorted)-1]-sorted[0], leastSpread(sorted))
	if out == 0 {
		return 1
	}
	return out
}
