package engine

import (
	"iter"
	"math"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Nearest is the rule that is nearest to being broken on a node, or broken the most.
type Nearest struct {
	Rule rules.Key
	// Leaf is the comparison that decides how near the rule is.
	Leaf *rules.Leaf
	// Value is that of the leaf's metric.
	Value float64
	// Away is how far Value is from the line, as a part of the larger of the two: 0 on the
	// line, 1 where Value is 0, negative beyond it.
	Away float64
}

// PairsOf yields how each rule stands on a node that it judges, by rule.
func (b *Board) PairsOf(node string) iter.Seq[PairStanding] {
	return func(yield func(PairStanding) bool) {
		slot := b.Slot(node)
		for i := range b.program.rules {
			if slot < 0 {
				return
			}
			if p := b.pair(slot, i); p.selected && !yield(b.standing(p, slot, i)) {
				return
			}
		}
	}
}

// Nearest returns the rule that is nearest to being broken on a node; false where
// nothing is known of any. In flight is not looked at, nor for how long a rule waits.
func (b *Board) Nearest(node string) (out Nearest, found bool) {
	slot := b.Slot(node)
	for i := range b.program.rules {
		if slot < 0 || !b.pair(slot, i).selected {
			continue
		}
		rule := b.program.rules[i].Rule
		one, known := b.distance(slot, &rule.When)
		if known && (!found || one.Away < out.Away) {
			out, found = one, true
			out.Rule = rule.Key()
		}
	}
	return out, found
}

// distance is that of a tree: of any the least, of all the greatest, which nobody knows
// while one is unknown, and of not the opposite. It is negative where the tree is true.
func (b *Board) distance(slot int, c *rules.Condition) (Nearest, bool) {
	switch {
	case c.Leaf != nil:
		return b.distanceOfLeaf(slot, c.Leaf)
	case c.Not != nil:
		out, known := b.distance(slot, c.Not)
		out.Away = -out.Away
		return out, known
	case len(c.All) > 0:
		return b.distanceOf(slot, c.All, -1)
	}
	return b.distanceOf(slot, c.Any, 1)
}

// distanceOf is the least of several distances, or with sign −1 the greatest.
func (b *Board) distanceOf(slot int, several []rules.Condition, sign float64) (out Nearest, found bool) {
	for i := range several {
		one, known := b.distance(slot, &several[i])
		if !known && sign < 0 {
			return Nearest{}, false
		}
		if known && (!found || sign*one.Away < sign*out.Away) {
			out, found = one, true
		}
	}
	return out, found
}

func (b *Board) distanceOfLeaf(slot int, l *rules.Leaf) (Nearest, bool) {
	column := b.column(l.Metric)
	if column == nil || !column[slot].usable(instantOf(b.At), b.program.set.Metrics[l.Metric].MaxAge) {
		return Nearest{}, false
	}
	value := column[slot].value
	return Nearest{Leaf: l, Value: value, Away: away(l.Op, value, l.Threshold)}, true
}

// away measures against the larger of value and threshold, so that metrics of all units,
// and of either sign, can be compared.
func away(op rules.Op, value, threshold float64) float64 {
	scale := math.Max(math.Abs(value), math.Abs(threshold))
	if scale == 0 {
		return 0
	}
	difference := threshold/scale - value/scale // which may not overflow
	switch op {
	case rules.Below, rules.AtMost:
		return -difference
	case rules.Equal:
		return math.Abs(difference)
	case rules.NotEqual:
		return -math.Abs(difference)
	}
	return difference
}
