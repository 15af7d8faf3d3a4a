package engine

import (
	"cmp"
	"math"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Candidate is a node that might take a pod although it breaks rules.
type Candidate struct {
	Node string
	// Need is what the pod takes, and Arrived what came to the node since the Board.
	Need, Arrived Amounts
	// Requested is what the pods there request, for a node that is judged by it.
	Requested Amounts
}

// Violation says how badly a node breaks rules, or would with one more pod.
type Violation struct {
	Node string
	// Firing counts the rules that keep all pods off now, because they fire or by what
	// is in flight, and Unknown those of them of which nothing is known.
	Firing, Unknown int
	// Overshoot is the sum over all broken rules of how far the node would be beyond
	// the threshold with the pod on it, in spreads of the rule's metric. Rules of
	// which nothing is known are not in it: Unknown counts more than any number.
	Overshoot float64
	// Breaks are the broken rules, in their order.
	Breaks []Break
}

// Break is one rule that a node breaks, or would.
type Break struct {
	Rule rules.Key
	// Fires is false where the node would break the rule only with the pod on it.
	Fires bool
	// Sentence says what was seen, and the threshold.
	Sentence string
}

// LeastViolating returns the candidate that breaks the rules of a set least: the
// fewest fire there, then the fewest of those unseen, then the smallest overshoot,
// then the first name. It returns false where there is no candidate.
func (b *Board) LeastViolating(g Governance, candidates []Candidate) (least Violation, found bool) {
	m, best := b.gauge(), -1
	for i := range candidates {
		if !m.aim(&candidates[i]) {
			continue
		}
		if v := m.violation(g, nil); best < 0 || v.compare(&least) < 0 {
			least, best = v, i
		}
	}
	if best < 0 {
		return Violation{}, false
	}
	return b.Violation(g, candidates[best])
}

// Violation returns how badly a node breaks the rules of a set; false if the Board
// does not know the node.
func (b *Board) Violation(g Governance, c Candidate) (Violation, bool) {
	m := b.gauge()
	if !m.aim(&c) {
		return Violation{}, false
	}
	var breaks []Break
	v := m.violation(g, func(rule int) { breaks = append(breaks, m.describe(rule)) })
	v.Breaks = breaks
	return v, true
}

func (v *Violation) compare(o *Violation) int {
	return cmp.Or(
		cmp.Compare(v.Firing, o.Firing),
		cmp.Compare(v.Unknown, o.Unknown),
		cmp.Compare(v.Overshoot, o.Overshoot),
		cmp.Compare(v.Node, o.Node),
	)
}

// violation looks at every rule of a set, and hands the broken ones to note.
func (m *gauge) violation(g Governance, note func(rule int)) Violation {
	v := Violation{Node: m.candidate.Node}
	for i, word := range g.words {
		for ; word != 0; word &= word - 1 {
			rule := i*wordSize + firstBit(word)
			if v.count(m, rule) && note != nil {
				note(rule)
			}
		}
	}
	return v
}

// count brings one rule in, and reports whether the node breaks it. What is in flight
// counts as if telemetry showed it: the first pods of a burst would else draw all others
// to their node.
func (v *Violation) count(m *gauge, rule int) bool {
	if m.fires(rule) {
		v.Firing++
		if m.board.pair(m.slot, rule).truth == Unknown {
			v.Unknown++
			return true
		}
	} else {
		breaks, already := m.wouldBreak(rule)
		if !breaks {
			return false
		}
		if already {
			v.Firing++
		}
	}
	v.Overshoot += math.Max(0, m.overshoot(rule))
	return true
}

// describe says how the node breaks a rule: by what it is with the pod, where pods move
// it over its line.
func (m *gauge) describe(rule int) Break {
	r := &m.board.program.rules[rule]
	out := Break{Rule: r.Key(), Fires: m.fires(rule), Sentence: m.forecast(rule)}
	if out.Fires && (out.Sentence == "" || m.board.pair(m.slot, rule).truth == Unknown) {
		leaves := r.leafVerdicts(m.board.samples(r, m.slot), m.board.pair(m.slot, rule), m.now)
		out.Sentence = describe(leaves)
	}
	return out
}

func (b *Board) pair(slot, rule int) *pair { return &b.pairs[slot*len(b.program.rules)+rule] }
