package plan

import (
	"math"
	"slices"
	"sort"
)

// maxSteps bounds the search of one node: a few milliseconds.
const maxSteps = 1 << 16

// close is an overshoot that is as good as none, in parts of what is needed: what pods
// use differs by more from one sample to the next.
const close = 0.01

// search looks for the least set of candidates that ends all rules.
type search struct {
	*problem
	ordered []*candidate
	// steps are what is left of maxSteps.
	steps int
	pool  *pool
	// goal is how much must leave where there is one dimension.
	goal float64
	// chosen are the candidates of the set in the making, and sums what leaves with so
	// many of them.
	chosen []*candidate
	sums   [][]float64
	hopes  []float64
	best   []*candidate
	over   float64
}

// choose returns the least set of candidates that ends all rules, nil if none does,
// and whether that is certain. It takes from steps.
func (p *problem) choose(steps *int) (set []*candidate, exact bool) {
	s := &search{problem: p, ordered: p.byWeight(), steps: *steps, goal: p.goal()}
	s.sums, s.hopes = table(len(p.candidates)+1, len(p.dimensions)), make([]float64, len(p.dimensions))
	defer func() { *steps = max(0, s.steps) }()
	for pool := range s.pools {
		if s.pool = pool; s.smallest() {
			return s.best, s.steps > 0
		}
		if s.steps <= 0 {
			return s.greedy(), false
		}
	}
	return nil, true
}

// goal is the least that ends all rules where there is one dimension.
func (p *problem) goal() (goal float64) {
	for _, w := range p.wants {
		least := math.Inf(1)
		for _, needs := range w {
			most := 0.0
			for _, n := range needs {
				most = max(most, n.excess)
			}
			least = min(least, most)
		}
		goal = max(goal, least)
	}
	return goal * (1 - noise)
}

// smallest finds the best set of the fewest candidates in the pool.
func (s *search) smallest() bool {
	s.best = nil
	for size := max(1, s.pool.staying); size <= s.pool.most() && s.best == nil && s.steps > 0; size++ {
		s.chosen = s.chosen[:0]
		s.extend([2]int{}, [2]int{s.pool.staying, size - s.pool.staying})
	}
	return s.best != nil
}

// extend tries all ways to choose so many more of each tier from an index on.
func (s *search) extend(from, more [2]int) {
	in := 0
	if more[0] == 0 {
		in = 1
	}
	switch {
	case more == [2]int{}:
		s.consider()
		return
	case more[0]+more[1] == 1 && len(s.dimensions) == 1:
		s.finish(&s.pool.tiers[in], from[in])
		return
	}
	of := s.pool.tiers[in].of
	for i := from[in]; i+more[in] <= len(of) && s.hopeful(from, more); i++ {
		from[in]++
		if i == 0 || !of[i].like(of[i-1]) || s.chose(of[i-1]) {
			left := more
			left[in]--
			s.with(of[i], func() { s.extend(from, left) })
		}
	}
}

// hopeful reports whether what is to come could be enough, and better.
func (s *search) hopeful(from, more [2]int) bool {
	s.steps--
	s.pool.hope(s.hopes, s.sums[len(s.chosen)], from, more)
	return s.goesOn() && s.reaches(s.hopes)
}

// goesOn reports whether there are steps left, and something to find.
func (s *search) goesOn() bool { return s.steps > 0 && (s.best == nil || s.over > close) }

// chose reports whether a candidate was chosen last: one that is like it and comes
// after it is worth choosing only then.
func (s *search) chose(c *candidate) bool {
	return len(s.chosen) > 0 && s.chosen[len(s.chosen)-1] == c
}

// with runs do with one more candidate chosen.
func (s *search) with(c *candidate, do func()) {
	before, after := s.sums[len(s.chosen)], s.sums[len(s.chosen)+1]
	for d := range after {
		after[d] = before[d] + c.gives[d]
	}
	s.chosen = append(s.chosen, c)
	do()
	s.chosen = s.chosen[:len(s.chosen)-1]
}

// finish chooses the last candidate where there is one dimension: the smallest that is
// enough.
func (s *search) finish(t *tier, from int) {
	left := s.goal - s.sums[len(s.chosen)][0]
	enough := sort.Search(len(t.of)-from, func(i int) bool { return t.of[from+i].gives[0] < left })
	for i := from + enough - 1; i >= from && s.goesOn(); i-- {
		s.steps--
		for i > from && t.of[i].like(t.of[i-1]) { // of those alike, the first by name
			i--
		}
		found := false
		s.with(t.of[i], func() { found = s.consider() })
		if found {
			return
		}
	}
}

// consider takes the chosen set for the best if it is better, and reports whether it
// may be chosen at all.
func (s *search) consider() bool {
	sum := s.sums[len(s.chosen)]
	if !s.reaches(sum) || !s.justified(s.chosen, sum) {
		return false
	}
	if over := s.overshoot(sum); s.best == nil || over < s.over {
		s.best, s.over = slices.Clone(s.chosen), over
	}
	return true
}

// justified reports whether each of a set is needed for a rule that governs it.
func (p *problem) justified(set []*candidate, sum []float64) bool {
	scratch := make([]float64, len(sum))
	return !slices.ContainsFunc(set, func(c *candidate) bool { return p.needed(c, sum, scratch) == 0 })
}
