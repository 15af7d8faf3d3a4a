package engine

import (
	"math"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// literal is a leaf, or its negation where it stands under an odd number of nots.
type literal struct {
	*leaf
	negated bool
}

// comparison is the literal's operator with the negation worked in.
func (l literal) comparison() rules.Op {
	if l.negated {
		return l.Op.Negated()
	}
	return l.Op
}

// rising reports whether a pod moves the value towards making the literal True.
func (l literal) rising() bool {
	if l.negated {
		return l.falls
	}
	return l.rises
}

// predicts reports whether the tree has a literal that a pod can make True.
func (e *expr) predicts(leaves []leaf, negated bool) bool {
	if e.op == isLeaf {
		return literal{&leaves[e.leaf], negated}.rising()
	}
	for i := range e.of {
		if e.of[i].predicts(leaves, negated != (e.op == isNot)) {
			return true
		}
	}
	return false
}

// room returns how much of the resource may be added to a measured value and to what
// it does not show yet: the literal is True beyond it.
func (l literal) room(s *sample) float64 {
	if l.metric.InFlight.Free {
		return l.exclusive((s.value-l.Threshold)*s.unit - s.unseen)
	}
	return l.exclusive((l.Threshold-s.value)*s.unit - s.unseen)
}

// used returns how much of the resource a node uses by a measured value, with what it
// does not show yet.
func (l literal) used(s *sample, n *size) float64 {
	if l.metric.InFlight.Free {
		return n.total(l.metric.InFlight) - s.value*s.unit + s.unseen
	}
	return s.value*s.unit + s.unseen
}

// ceiling returns how much of the resource may be requested on a node that
// telemetry has not seen yet.
func (l literal) ceiling(s *sample, n *size) float64 {
	if l.metric.InFlight.Free {
		return l.exclusive(n.total(l.metric.InFlight) - l.Threshold*s.unit)
	}
	return l.exclusive(l.Threshold * s.unit)
}

// unitOf is what one of a metric's unit is on a node in cores, bytes or pods.
func unitOf(m *rules.Metric, n *size) float64 {
	switch {
	case m.InFlight.Of == rules.OfAbsolute:
		return 1
	case m.Unit == rules.UnitPercent:
		return n.total(m.InFlight) / 100
	}
	return n.total(m.InFlight)
}

// exclusive turns a limit that must not be reached into one that must not be
// exceeded.
func (l literal) exclusive(limit float64) float64 {
	switch l.comparison() {
	case rules.AtLeast, rules.AtMost:
		return math.Nextafter(limit, math.Inf(-1))
	}
	return limit
}
