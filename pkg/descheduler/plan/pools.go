package plan

import (
	"iter"
	"math"
	"slices"
)

// pools yields the pools that may hold a set that ends all rules, the better first.
func (s *search) pools(yield func(*pool) bool) {
	for priority := range s.priorities() {
		for staying := 0; staying <= s.staying(priority); staying++ {
			for cost := range s.costs(class{priority, math.MaxInt32, staying}) {
				if p := s.newPool(class{priority, cost, staying}, s.ordered); s.possible(p) && !yield(p) {
					return
				}
			}
		}
	}
}

// priorities are those up to which there may be enough, the lowest first.
func (s *search) priorities() iter.Seq[int32] {
	return s.levels(func(c *candidate) int32 { return c.pod.Priority }, func(level int32) class {
		return class{level, math.MaxInt32, s.staying(level)}
	})
}

// costs are those up to which there may be enough in a class, the lowest first.
func (s *search) costs(of class) iter.Seq[int32] {
	if !s.possible(s.newPool(of, s.ordered)) {
		return func(func(int32) bool) {}
	}
	return s.levels(func(c *candidate) int32 { return c.pod.DeletionCost }, func(level int32) class {
		return class{of.priority, level, of.staying}
	})
}

func (s *search) levels(of func(*candidate) int32, within func(int32) class) iter.Seq[int32] {
	var all []int32
	for _, c := range s.ordered {
		all = append(all, of(c))
	}
	slices.Sort(all)
	return func(yield func(int32) bool) {
		for _, level := range slices.Compact(all) {
			if s.possible(s.newPool(within(level), s.ordered)) && !yield(level) {
				return
			}
		}
	}
}

// staying counts the candidates up to a priority that prefer to stay.
func (s *search) staying(priority int32) (n int) {
	for _, c := range s.ordered {
		if c.pod.PrefersToStay && c.pod.Priority <= priority {
			n++
		}
	}
	return n
}

// possible reports whether all that a pool may give could end all rules.
func (s *search) possible(p *pool) bool {
	s.steps -= len(s.ordered)
	p.hope(s.hopes, s.sums[0], [2]int{}, [2]int{p.staying, len(p.tiers[1].of)})
	return s.reaches(s.hopes)
}
