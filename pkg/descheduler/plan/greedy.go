package plan

import (
	"cmp"
	"slices"
)

// like reports whether it makes no difference which of two candidates leaves.
func (c *candidate) like(o *candidate) bool {
	return c.governed == o.governed && slices.Equal(c.gives, o.gives)
}

// greedy finds some set that ends all rules and from which nothing can be left out:
// at the lowest priority up to which there is enough, those that do not prefer to stay
// first, then those of the lowest deletion cost, then those that give most.
func (s *search) greedy() []*candidate {
	for priority := range s.priorities() {
		within := slices.DeleteFunc(slices.Clone(s.ordered), func(c *candidate) bool { return c.pod.Priority > priority })
		slices.SortStableFunc(within, func(a, b *candidate) int {
			return cmp.Or(compareBool(a.pod.PrefersToStay, b.pod.PrefersToStay), cmp.Compare(a.pod.DeletionCost, b.pod.DeletionCost))
		})
		if set := s.grab(within); set != nil {
			return set
		}
	}
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// grab takes candidates in order until there is enough, and leaves out again what is
// not needed, the last first. One that only rules need that do not govern it is no
// candidate.
func (s *search) grab(of []*candidate) []*candidate {
	for len(of) > 0 {
		set := s.prune(s.take(of))
		if set == nil {
			return nil
		}
		sum, scratch := s.sum(set), make([]float64, len(s.dimensions))
		foreign := slices.IndexFunc(set, func(c *candidate) bool { return s.needed(c, sum, scratch) == 0 })
		if foreign < 0 {
			return set
		}
		of = slices.DeleteFunc(slices.Clone(of), func(c *candidate) bool { return c == set[foreign] })
	}
	return nil
}

func (s *search) take(of []*candidate) []*candidate {
	for n := range of {
		if s.reaches(s.sum(of[:n+1])) {
			return slices.Clone(of[:n+1])
		}
	}
	return nil
}

func (s *search) prune(set []*candidate) []*candidate {
	for i := len(set) - 1; i >= 0; i-- {
		if without := slices.Delete(slices.Clone(set), i, i+1); s.reaches(s.sum(without)) {
			set = without
		}
	}
	return set
}

func (p *problem) sum(set []*candidate) []float64 {
	out := make([]float64, len(p.dimensions))
	for _, c := range set {
		for d := range out {
			out[d] += c.gives[d]
		}
	}
	return out
}
