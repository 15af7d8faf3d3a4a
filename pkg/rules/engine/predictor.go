package engine

import (
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// bound is one way in which a pod can make a tree True: its need exceeds every
// amount of most, and together with what is requested every amount of with. An
// amount of −Inf asks for nothing.
type bound struct{ most, with Amounts }

var anything = only(rules.ResourceNone, math.Inf(-1), math.Inf(-1))

// unbounded is True without any pod.
var unbounded = bound{most: anything, with: anything}

func (b bound) and(o bound) bound { return bound{b.most.Most(o.most), b.with.Most(o.with)} }

// implies reports whether whoever goes beyond o goes beyond b as well.
func (b bound) implies(o bound) bool { return b.most.within(o.most) && b.with.within(o.with) }

// predictor finds the bounds of one rule on one node: the tree in disjunctive
// form, with each resource literal as the room that it leaves, and each other
// one as it is now. Their number grows with the tree; what a rule may say is bounded
// where it is read, see rules.Parse. The line is the threshold and never the clear level, and
// "for" plays no part. A tree that is True whatever its resources are has no
// bounds: what a pod brings makes no difference to it, and "for" decides.
type predictor struct {
	now     instant
	columns []column
	// slot is the node's, young set while its first samples may still come.
	slot  int
	size  *size
	young bool
	rule  *compiled
	trues uint64 // a bit for each leaf, as in pair
	// used is the most that the node uses of each resource by any metric that was
	// looked at.
	used Amounts
	// bounds are the result, and beyond it scratch space.
	bounds []bound
}

// aim turns to a node.
func (p *predictor) aim(slot int, size *size, young bool) {
	p.slot, p.size, p.young, p.used = slot, size, young, Amounts{}
}

// run returns the bounds of a rule, of whose leaves those in trues are True, until the
// next run.
func (p *predictor) run(r *compiled, trues uint64) []bound {
	p.rule, p.trues, p.bounds = r, trues, p.bounds[:0]
	p.add(&p.rule.expr, false)
	if len(p.bounds) == 1 && p.bounds[0] == unbounded {
		return nil
	}
	return p.bounds
}

// add appends the bounds of a tree.
func (p *predictor) add(e *expr, negated bool) {
	switch e.op {
	case isLeaf:
		p.literal(literal{&p.rule.leaves[e.leaf], negated}, e.leaf)
	case isNot:
		p.add(&e.of[0], !negated)
	default:
		if (e.op == isAny) != negated {
			p.union(e.of, negated)
			return
		}
		p.product(e.of, negated)
	}
}

// union appends the bounds of each branch. What is True without any pod makes the
// others needless.
func (p *predictor) union(of []expr, negated bool) {
	start := len(p.bounds)
	for i := range of {
		begin := len(p.bounds)
		p.add(&of[i], negated)
		if slices.Contains(p.bounds[begin:], unbounded) {
			p.bounds = append(p.bounds[:start], unbounded)
			return
		}
	}
	p.prune(start)
}

// product appends every combination of the branches' bounds.
func (p *predictor) product(of []expr, negated bool) {
	start := len(p.bounds)
	p.bounds = append(p.bounds, unbounded)
	for i := range of {
		middle := len(p.bounds)
		p.add(&of[i], negated)
		end := len(p.bounds)
		for a := start; a < middle; a++ {
			for b := middle; b < end; b++ {
				p.bounds = append(p.bounds, p.bounds[a].and(p.bounds[b]))
			}
		}
		p.bounds = slices.Delete(p.bounds, start, end)
		p.prune(start)
	}
}

// prune drops the bounds that another one makes needless, from start on.
func (p *predictor) prune(start int) {
	kept := start
	for i := start; i < len(p.bounds); i++ {
		if !p.needless(start, kept, i) {
			p.bounds[kept] = p.bounds[i]
			kept++
		}
	}
	p.bounds = p.bounds[:kept]
}

// needless compares with those that are kept already, and with all that follow;
// of equal ones the first is kept.
func (p *predictor) needless(start, kept, i int) bool {
	b := p.bounds[i]
	return slices.ContainsFunc(p.bounds[start:kept], func(o bound) bool { return o.implies(b) }) ||
		slices.ContainsFunc(p.bounds[i+1:], func(o bound) bool { return o.implies(b) && o != b })
}

// literal appends the bound of one literal, if it can be True at all.
func (p *predictor) literal(l literal, i int) {
	s, r := &p.columns[l.column][p.slot], l.metric.InFlight.Resource
	switch {
	case l.rising() && l.awaits(s, p.young):
		p.bounds = append(p.bounds, bound{most: anything, with: only(r, l.ceiling(s, p.size), math.Inf(-1))})
	case !p.rule.stands(l.leaf, s, p.now):
	case l.rising():
		used := p.used.at(r)
		*used = max(*used, l.used(s, p.size))
		p.bounds = append(p.bounds, bound{most: only(r, l.room(s), math.Inf(-1)), with: anything})
	case l.isTrue(s.value, p.trues>>i&1 == 1) != l.negated:
		p.bounds = append(p.bounds, unbounded)
	}
}

// stands reports whether a sample counts, with KeepLast for longer.
func (c *compiled) stands(l *leaf, s *sample, now instant) bool {
	if s.usable(now, l.metric.MaxAge) {
		return true
	}
	return c.OnUnknown == rules.UnknownKeepLast && s.at != 0 && now.since(s.at) <= c.KeepLastFor
}
