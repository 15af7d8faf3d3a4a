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

// bounded reports a tree that what a pod brings could break in too many ways. Only
// rules that block look ahead.
func (v *validator) bounded(path strictyaml.Path, rule *Rule) {
	defer v.judging(CheckAlternatives)()
	if rule.Block == nil || rule.When.leaves() > maxLeaves { // which is a mistake already
		return
	}
	if n := v.alternatives(&rule.When, false); n > maxAlternatives {
		v.value(path.Child("when"), `split the rule, or have fewer branches of "any" inside of "all"`,
			"there are %s ways in which a pod can make this true, and at most %d are followed", countUpTo(n), maxAlternatives)
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
// part; 0 for a tree in which it has none. Comparisons that pods do not move are
// settled before a pod is looked at, and multiply nothing.
func (v *validator) alternatives(c *Condition, negated bool) int {
	switch {
	case c.Leaf != nil:
		return v.leafAlternatives(c.Leaf, negated)
	case c.Not != nil:
		return v.alternatives(c.Not, !negated)
	case (len(c.Any) > 0) != negated:
		return v.sum(append(c.Any, c.All...), negated)
	}
	return v.product(append(c.Any, c.All...), negated)
}

func (v *validator) leafAlternatives(l *Leaf, negated bool) int {
	op := l.Op
	if negated {
		op = op.Negated()
	}
	if op.Rises(v.metrics[l.Metric]) {
		return 1
	}
	return 0
}

func (v *validator) sum(branches []Condition, negated bool) (n int) {
	for i := range branches {
		n = min(manyAlternatives, n+v.alternatives(&branches[i], negated))
	}
	return n
}

func (v *validator) product(branches []Condition, negated bool) (n int) {
	for i := range branches {
		if of := v.alternatives(&branches[i], negated); of > 0 {
			n = min(manyAlternatives, max(1, n)*of)
		}
	}
	return n
}
