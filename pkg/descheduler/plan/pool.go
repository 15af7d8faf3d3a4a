package plan

import (
	"cmp"
	"slices"
)

// class is what all victims of a choice keep to.
type class struct {
	// priority and cost are the highest that a victim may have.
	priority, cost int32
	// staying is how many victims prefer to stay.
	staying int
}

func (c class) holds(v *candidate) bool {
	return v.pod.Priority <= c.priority && v.pod.DeletionCost <= c.cost
}

// pool has the candidates of a class: first those that prefer to stay, as many of
// which are chosen as the class says, then the others.
type pool struct {
	class
	tiers [2]tier
}

// newPool takes the candidates of a class, in whose order they stay.
func (p *problem) newPool(of class, ordered []*candidate) *pool {
	out := &pool{class: of}
	for _, c := range ordered {
		if !of.holds(c) {
			continue
		}
		t := &out.tiers[1]
		if c.pod.PrefersToStay {
			t = &out.tiers[0]
		}
		t.of = append(t.of, c)
	}
	for i := range out.tiers {
		out.tiers[i].tabulate(len(p.dimensions))
	}
	return out
}

// most is how many victims the pool has at most.
func (p *pool) most() int { return min(p.staying, len(p.tiers[0].of)) + len(p.tiers[1].of) }

// hope writes the most that can leave when each tier gives so many more from an index
// on.
func (p *pool) hope(into, sum []float64, from, more [2]int) {
	for d := range into {
		into[d] = sum[d] + p.tiers[0].most(d, from[0], more[0]) + p.tiers[1].most(d, from[1], more[1])
	}
}

// tier is a list of candidates by falling weight.
type tier struct {
	of []*candidate
	// rest has, for each index, the sum of all from it on, and top, for each count, the
	// sum of so many of the largest; by dimension. With one dimension rest tells both.
	rest, top [][]float64
}

func (t *tier) tabulate(dimensions int) {
	t.rest = table(len(t.of)+1, dimensions)
	for i := len(t.of) - 1; i >= 0; i-- {
		for d := range dimensions {
			t.rest[i][d] = t.rest[i+1][d] + t.of[i].gives[d]
		}
	}
	if dimensions > 1 {
		t.rank(dimensions)
	}
}

func (t *tier) rank(dimensions int) {
	t.top = table(len(t.of)+1, dimensions)
	column := make([]float64, len(t.of))
	for d := range dimensions {
		for i, c := range t.of {
			column[i] = c.gives[d]
		}
		slices.SortFunc(column, func(a, b float64) int { return cmp.Compare(b, a) })
		for i, gives := range column {
			t.top[i+1][d] = t.top[i][d] + gives
		}
	}
}

// most is no less than what so many from an index on give of a dimension.
func (t *tier) most(d, from, more int) float64 {
	more = min(more, len(t.of)-from)
	if t.top == nil {
		return t.rest[from][d] - t.rest[from+more][d]
	}
	return min(t.top[more][d], t.rest[from][d])
}

func table(rows, columns int) [][]float64 {
	flat, out := make([]float64, rows*columns), make([][]float64, rows)
	for i := range out {
		out[i] = flat[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return out
}

// byWeight orders the candidates: what gives most first, then by name.
func (p *problem) byWeight() []*candidate {
	out := make([]*candidate, len(p.candidates))
	for i := range out {
		out[i] = &p.candidates[i]
	}
	slices.SortFunc(out, func(a, b *candidate) int { return cmp.Or(p.compare(a, b), byName(a.pod, b.pod)) })
	return out
}

// compare orders by what leaves: with one dimension by that alone, so that what comes
// later never gives more.
func (p *problem) compare(a, b *candidate) int {
	if len(p.dimensions) == 1 {
		return cmp.Compare(b.gives[0], a.gives[0])
	}
	return cmp.Compare(b.weight, a.weight)
}

func byName(a, b *Pod) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
}
