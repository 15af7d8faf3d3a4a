package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// evicting is what a rule that moves pods has beside its phases. Each comparison has two
// lines: beyond the one it begins to be True, behind the other it ends. Between them, in
// the band, it is what it was, which keeps pods off and is no ground to move any.
type evicting struct {
	// at is the rule's place among those that evict.
	at int
	// begins and ends are the rule's tree with one of its two lines alone. Nothing is
	// remembered of either, and nothing is kept of what is absent.
	begins, ends *compiled
	// negated says of each leaf whether it stands under an odd number of nots.
	negated []bool
	// homes is the condition on where pods may go; nil where there is none.
	homes *compiled
}

// evict prepares what a rule that evicts needs; nil for another one.
func (p *program) evict(c *compiled) *evicting {
	if c.Evict == nil {
		return nil
	}
	e := &evicting{at: p.evicts, begins: c.along(beginning), ends: c.along(ending), negated: c.negated()}
	p.evicts++
	if h := c.Evict.Homes; h != nil {
		homes := p.condition(&rules.Rule{When: h.When})
		e.homes = &homes
	}
	return e
}

// beginning is the line of a comparison at which it begins to be True, or to be False
// where it is negated.
func beginning(l *rules.Leaf, negated bool) float64 {
	if negated {
		return l.Clear
	}
	return l.Threshold
}

// ending is its other line.
func ending(l *rules.Leaf, negated bool) float64 { return beginning(l, !negated) }

// along returns the rule's tree with one line for each comparison.
func (c *compiled) along(line func(l *rules.Leaf, negated bool) float64) *compiled {
	negated := c.negated()
	out := &compiled{Rule: &rules.Rule{}, expr: c.expr, leaves: make([]leaf, len(c.leaves))}
	for i := range c.leaves {
		l, level := c.leaves[i], line(c.leaves[i].Leaf, negated[i])
		written := l.Written
		if level != l.Threshold {
			written = FormatValue(level, l.metric.Unit)
		}
		l.Leaf = &rules.Leaf{Metric: l.Metric, Op: l.Op, Threshold: level, Clear: level, Written: written}
		out.leaves[i] = l
	}
	return out
}

// negated says of each leaf whether it stands under an odd number of nots.
func (c *compiled) negated() []bool {
	out := make([]bool, len(c.leaves))
	c.expr.negations(false, out)
	return out
}
