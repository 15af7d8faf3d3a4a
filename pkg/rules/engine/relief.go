package engine

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Relief is one way to end a rule on a node: all of its parts have to be reached.
type Relief struct{ Parts []Part }

// Part is one comparison that moving pods ends.
type Part struct {
	Metric string
	// Value, Threshold and Clear are in the metric's unit: Threshold is where the
	// comparison begins to be True, and Clear where it ends. Under a "not" the two lines
	// of the rule change places.
	Value, Threshold, Clear float64
	Unit                    rules.Unit
	// Resource is what has to leave, and Excess how much of it, in cores, bytes or pods:
	// what is in flight to the node and telemetry does not show is in it. It is above 0.
	Resource rules.Resource
	Excess   float64
}

// curing looks for the ways to end one rule on one node.
type curing struct {
	board  *Board
	slot   int
	rule   *compiled
	leaves []observation
}

func (b *Board) curing(slot int, r *compiled, p *pair) *curing {
	c := &curing{board: b, slot: slot, rule: r, leaves: make([]observation, len(r.leaves))}
	for i := range r.leaves {
		c.leaves[i] = r.leaves[i].observe(c.sample(i), instantOf(b.At), p.leaves>>i&1 == 1)
	}
	return c
}

func (c *curing) sample(leaf int) *sample {
	return &c.board.columns[c.rule.leaves[leaf].column][c.slot]
}

// relief returns the ways, or else what stands in the way.
func (c *curing) relief() (out []Relief, incurable []string) {
	ways, incurable := c.ends(&c.rule.expr, false)
	for _, parts := range ways {
		out = append(out, Relief{parts})
	}
	return out, incurable
}

// ends returns the ways to end a tree that holds, each with its parts. One that does not
// hold needs nothing.
func (c *curing) ends(e *expr, negated bool) (ways [][]Part, incurable []string) {
	switch {
	case !e.witness(c.leaves, negated).holds:
		return [][]Part{nil}, nil
	case e.op == isLeaf:
		return c.endsLeaf(e.leaf, negated)
	case e.op == isNot:
		return c.ends(&e.of[0], !negated)
	case (e.op == isAll) != negated:
		return c.endsOne(e.of, negated)
	}
	return c.endsEach(e.of, negated)
}

// endsOne ends what holds only with all of its branches: one of them has to end.
func (c *curing) endsOne(of []expr, negated bool) (ways [][]Part, incurable []string) {
	for i := range of {
		more, names := c.ends(&of[i], negated)
		ways, incurable = append(ways, more...), merge(incurable, names)
	}
	if ways = cheapest(ways); len(ways) > 0 {
		return ways, nil
	}
	return nil, incurable
}

// endsEach ends what holds with any of its branches: all of them have to end.
func (c *curing) endsEach(of []expr, negated bool) (ways [][]Part, incurable []string) {
	ways = [][]Part{nil}
	for i := range of {
		more, names := c.ends(&of[i], negated)
		incurable = merge(incurable, names)
		ways = cheapest(combine(ways, more))
	}
	return ways, incurable
}

// combine returns every pair of ways as one.
func combine(a, b [][]Part) (out [][]Part) {
	for i := range a {
		for j := range b {
			out = append(out, slices.Concat(a[i], b[j]))
		}
	}
	return out
}

func merge(names, more []string) []string {
	for _, name := range more {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// endsLeaf ends one comparison, if fewer pods move its value there.
func (c *curing) endsLeaf(i int, negated bool) (ways [][]Part, incurable []string) {
	begins, ends := c.rule.evict.begins, literal{&c.rule.evict.ends.leaves[i], negated}
	s := c.sample(i)
	if !ends.rising() || !(s.unit > 0) {
		return nil, []string{ends.Metric}
	}
	return [][]Part{{{
		Metric: ends.Metric, Value: s.value, Threshold: begins.leaves[i].Threshold, Clear: ends.Threshold, Unit: ends.metric.Unit,
		Resource: ends.metric.InFlight.Resource, Excess: -ends.room(s),
	}}}, nil
}

// cheapest drops the ways that ask for as much as another one, or more, of each resource;
// of equal ones the first stays.
func cheapest(ways [][]Part) [][]Part {
	asked := make([]Amounts, len(ways))
	for i := range ways {
		asked[i] = Leaving(ways[i])
	}
	var out [][]Part
	for i := range ways {
		if !needless(asked, i) {
			out = append(out, ways[i])
		}
	}
	return out
}

func needless(asked []Amounts, i int) bool {
	for j, other := range asked {
		if j != i && other.within(asked[i]) && (j < i || other != asked[i]) {
			return true
		}
	}
	return false
}

// Leaving returns how much has to leave of each resource to reach all of some parts.
func Leaving(parts []Part) (out Amounts) {
	for i := range parts {
		of := out.at(parts[i].Resource)
		*of = max(*of, parts[i].Excess)
	}
	return out
}
