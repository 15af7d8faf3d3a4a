package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// maxAlternatives bounds in how many ways what a pod brings can make one tree True.
// Each costs memory and time for every node, and trees of all over any multiply them.
const maxAlternatives = 16

var negations = map[Op]Op{
	Above: AtMost, AtMost: Above, Below: AtLeast, AtLeast: Below, Equal: NotEqual, NotEqual: Equal,
}

// Negated returns the comparison that holds where this one does not.
func (o Op) Negated() Op { return negations[o] }

// Rises reports whether a pod moves a metric towards making the comparison hold.
func (o Op) Rises(m Metric) bool {
	switch {
	case m.InFlight.Resource == ResourceNone:
		return false
	case m.InFlight.Free:
		return o == Below || o == AtMost
	}
	return o == Above || o == AtLeast
}

// bounded reports a tree that what a pod brings could break in too many ways, or
// moving pods cure. Only rules that block look ahead, and only those that evict look
// for a cure.
func (v *validator) bounded(path strictyaml.Path, rule *Rule) {
	defer v.judging(CheckAlternatives)()
	if rule.When.leaves() > maxLeaves { // which is a mistake already
		return
	}
	if n := v.alternatives(&rule.When, false, true); rule.Block != nil && n > maxAlternatives {
		v.value(path.Child("when"), `split the rule, or have fewer branches of "any" inside of "all"`,
			"there are %s ways in which a pod can make this true, and at most %d are followed", countUpTo(n), maxAlternatives)
	}
	if n := v.alternatives(&rule.When, false, false); rule.Evict != nil && n > maxAlternatives {
		v.value(path.Child("when"), `split the rule, or have fewer branches of "all" inside of "any"`,
			"there are %s ways in which moving pods can end this, and at most %d are followed", countUpTo(n), maxAlternatives)
	}
}

// manyAlternatives is where counting stops.
const manyAlternatives = 1000

func countUpTo(n int) string {
	if n >= manyAlternatives {
		return "over " + formatNumber(manyAlternatives-1)
	}
	return formatNumber(float64(n))
}

// alternatives counts the terms of a tree's disjunctive form in which a pod has a
// part, or those of its end's where it is not wanted to hold; 0 for a tree in which it
// has none. Comparisons that pods do not move are settled before a pod is looked at, and
// multiply nothing. negated says that an odd number of nots stands above.
func (v *validator) alternatives(c *Condition, negated, holds bool) int {
	switch {
	case c.Leaf != nil && polar(c.Leaf.Op, negated).Rises(v.metrics[c.Leaf.Metric]):
		return 1
	case c.Leaf != nil:
		return 0
	case c.Not != nil:
		return v.alternatives(c.Not, !negated, holds)
	case (len(c.Any) > 0) != negated == holds:
		return v.sum(append(c.Any, c.All...), negated, holds)
	}
	return v.product(append(c.Any, c.All...), negated, holds)
}

// polar is the comparison as it counts under nots.
func polar(op Op, negated bool) Op {
	if negated {
		return op.Negated()
	}
	return op
}

func (v *validator) sum(branches []Condition, negated, holds bool) (n int) {
	for i := range branches {
		n = min(manyAlternatives, n+v.alternatives(&branches[i], negated, holds))
	}
	return n
}

func (v *validator) product(branches []Condition, negated, holds bool) (n int) {
	for i := range branches {
		if of := v.alternatives(&branches[i], negated, holds); of > 0 {
			n = min(manyAlternatives, max(1, n)*of)
		}
	}
	return n
}
