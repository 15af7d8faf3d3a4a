package engine

import (
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// preferred is one preference prepared for evaluation.
type preferred struct {
	*rules.Preference
	metric rules.Metric
	// column is the index of the metric's column.
	column int
}

// Points that a node can have. A node that can be judged has at least one, so that
// a silent one is never as good as the best.
const (
	mostPoints  = 100
	leastPoints = 1
	// halfPoints is what all nodes have between which there is no difference, and an
	// empty one for Near.
	halfPoints = 50
)

// ranking is what one preference says of all nodes, by slot.
type ranking struct {
	by    *preferred
	scale scale
	// points have, behind those of all nodes, those of a node that is not on the Board: a
	// silent one.
	points []float32
	// values are what judged nodes are ranked by, and per what a core, byte or pod
	// more adds to it; 0 where a pod makes no difference.
	values, per []float64
}

// of returns the points of a node to which pods came since the Board was made.
func (r *ranking) of(slot int, arrived Amounts) float64 {
	if slot < len(r.per) && r.per[slot] != 0 {
		if more := arrived.of(r.by.metric.InFlight.Resource); more != 0 {
			return r.scale.points(r.by, r.values[slot]+r.per[slot]*more)
		}
	}
	return float64(r.points[slot])
}

// standing is how one node looks to a preference.
type standing uint8

const (
	outside standing = iota // not one of the preference's nodes
	silent                  // nothing is known of it
	judged
)

// field is the nodes as one preference sees them in one evaluation.
type field struct {
	standings []standing
	values    []float64 // by slot; 0 where nothing is known
	per       []float64 // by slot, as in ranking
}

// rank gives every node its points. The range comes from all nodes of the
// preference and never from the few that one scheduling cycle looks at: points of
// two cycles can be compared.
func (p *preferred) rank(f field) ranking {
	known := f.known()
	out := ranking{by: p, points: make([]float32, len(f.values)+1), values: f.values, per: f.per}
	if len(known) == 0 {
		return out // Nobody is better than anybody.
	}
	out.scale = p.scale(known)
	sum, best := 0.0, 0.0
	for slot, s := range f.standings {
		if s == judged {
			points := out.scale.points(p, f.values[slot])
			out.points[slot] = float32(points)
			sum, best = sum+points, math.Max(best, points)
		}
	}
	p.fill(out.points, f, sum/float64(len(known)), best)
	return out
}

// fill gives points to the nodes that cannot be judged: to those outside, the mean
// of the others; to silent ones what the author wants, and never the best.
func (p *preferred) fill(out []float32, f field, mean, best float64) {
	unknown := 0.0
	if p.OnUnknown == rules.Neutral {
		unknown = math.Max(0, math.Min(mean, best-leastPoints))
	}
	out[len(f.standings)] = float32(unknown)
	for slot, s := range f.standings {
		switch s {
		case outside:
			out[slot] = float32(mean)
		case silent:
			out[slot] = float32(unknown)
		}
	}
}

// known returns the values of the judged nodes, sorted.
func (f field) known() []float64 {
	var out []float64
	for slot, s := range f.standings {
		if s == judged {
			out = append(out, f.values[slot])
		}
	}
	slices.Sort(out)
	return out
}

// scale is the range that points are measured on; high is more than low unless
// nothing tells the nodes apart.
type scale struct{ low, high float64 }

// scale returns the author's range, or the one that the nodes have: around their
// middle, and never so narrow that noise looks like a difference.
func (p *preferred) scale(sorted []float64) scale {
	if p.Range != nil {
		return scale{p.Range.Low, p.Range.High}
	}
	low, high := sorted[0], sorted[len(sorted)-1]
	if p.Prefer == rules.PreferNear {
		low, high = math.Min(low, p.Target), math.Max(high, p.Target)
	}
	least := p.MinSpread
	if least == 0 {
		least = leastSpread(sorted)
	}
	if missing := least - (high - low); missing > 0 {
		low, high = low-missing/2, high+missing/2
	}
	return scale{low, high}
}

// leastSpread is a tenth of the middle of sorted values.
func leastSpread(sorted []float64) float64 { return math.Abs(sorted[len(sorted)/2]) / 10 }

// points returns what a value is worth, from leastPoints to mostPoints.
func (s scale) points(p *preferred, value float64) float64 {
	if !(s.high > s.low) {
		return halfPoints
	}
	return leastPoints + (mostPoints-leastPoints)*s.share(p, value)
}

// share is the same from 0 to 1.
func (s scale) share(p *preferred, value float64) float64 {
	value = math.Min(math.Max(value, s.low), s.high)
	switch p.Prefer {
	case rules.PreferHigh:
		return (value - s.low) / (s.high - s.low)
	case rules.PreferNear:
		return s.near(p.Target, value)
	}
	return (s.high - value) / (s.high - s.low)
}

// near fills nodes up to a target: an empty one is worth a half, the target all,
// and from there it goes down to nothing, without a jump.
func (s scale) near(target, value float64) float64 {
	switch {
	case value < target:
		return 0.5 + 0.5*(value-s.low)/(target-s.low)
	case value == target:
		return 1
	}
	return (s.high - value) / (s.high - target)
}
