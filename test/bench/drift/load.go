// Package drift is a load on a cluster that changes by itself, and the books of what a
// cluster under it went through. The load is drawn once: it is the same whoever moves
// pods, and wherever to.
package drift

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Spec says what to draw. Amounts are in percent of a node, all of which are alike.
type Spec struct {
	Nodes int
	// Apps have so many Replicas each, which are the slots: what a slot uses moves with
	// the pod that fills it.
	Apps, Replicas int
	// Least and Most are what a slot uses at the level 1, and anything between the two is as
	// likely. With a Skew the apps are of different sizes instead, log-normally distributed
	// with this standard deviation of the logarithm, up to Most, and so large that all slots
	// use Mean on the average.
	Least, Most float64
	Skew, Mean  float64
	// Each Step the level of an app changes by chance, by Sigma as a rule, between Lowest
	// and Highest; after Calm it stays. Zero: it never does.
	Step            time.Duration
	Sigma           float64
	Lowest, Highest float64
	Calm            time.Duration
	// Length is how long the load is drawn for.
	Length time.Duration
	// Emptiest and Fullest are how full nodes are meant to be at the beginning, one as
	// against the other.
	Emptiest, Fullest float64
	// Other is what is in use on each node beside the slots.
	Other float64
}

// Load is what slots use over time, and where they are at the beginning.
type Load struct {
	Spec
	// Start has the node of each slot. The slots of an app follow each other.
	Start []int
	sizes []float64
	// levels has those of each app by step.
	levels [][]float64
}

// Draw draws a load; the same seed and Spec give the same.
func Draw(s Spec, seed uint64) *Load {
	random := rand.New(rand.NewPCG(seed, 0))
	l := &Load{Spec: s, sizes: make([]float64, s.Apps*s.Replicas)}
	for i := range l.sizes {
		l.sizes[i] = s.Least + (s.Most-s.Least)*random.Float64()
	}
	if s.Skew > 0 {
		l.skew(random)
	}
	for range s.Apps {
		l.levels = append(l.levels, s.walk(random))
	}
	l.Start = l.place(random)
	return l
}

// skew draws what the apps use.
func (l *Load) skew(random *rand.Rand) {
	apps, factor := make([]float64, l.Apps), l.Mean
	for i := range apps {
		apps[i] = math.Exp(l.Skew * random.NormFloat64())
	}
	for range 50 { // until what is cut off above has been given to the others
		sum := 0.0
		for _, size := range apps {
			sum += math.Min(l.Most, factor*size)
		}
		factor *= l.Mean * float64(l.Apps) / sum
	}
	for slot := range l.sizes {
		l.sizes[slot] = math.Min(l.Most, factor*apps[l.App(slot)])
	}
}

// walk draws the levels of an app.
func (s Spec) walk(random *rand.Rand) []float64 {
	out := []float64{1}
	for at := s.Step; at <= s.Length; at += s.Step {
		level := out[len(out)-1]
		if s.Calm == 0 || at <= s.Calm {
			level = s.within(level + s.Sigma*random.NormFloat64())
		}
		out = append(out, level)
	}
	return out
}

// within turns back a level that went too far.
func (s Spec) within(level float64) float64 {
	if level < s.Lowest {
		level = 2*s.Lowest - level
	}
	if level > s.Highest {
		level = 2*s.Highest - level
	}
	return math.Min(s.Highest, math.Max(s.Lowest, level))
}

// place puts each slot, the largest first, on the node that has the fewest of its app, and
// is emptiest for how full it is meant to be.
func (l *Load) place(random *rand.Rand) []int {
	meant, used := make([]float64, l.Nodes), make([]float64, l.Nodes)
	for i := range meant {
		meant[i] = l.Emptiest + (l.Fullest-l.Emptiest)*random.Float64() - l.Other
	}
	out := make([]int, len(l.sizes))
	for i := range out {
		out[i] = -1
	}
	for _, slot := range l.largest() {
		of, nodes := out[slot-slot%l.Replicas:][:l.Replicas], make([]int, l.Nodes)
		for n := range nodes {
			nodes[n] = n
		}
		out[slot] = slices.MinFunc(nodes, func(a, b int) int {
			return cmp.Or(cmp.Compare(count(of, a), count(of, b)), cmp.Compare(used[a]/meant[a], used[b]/meant[b]))
		})
		used[out[slot]] += l.sizes[slot]
	}
	return out
}

// largest are the slots by their size.
func (l *Load) largest() []int {
	out := make([]int, len(l.sizes))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(l.sizes[b], l.sizes[a]) })
	return out
}

func count(all []int, one int) (n int) {
	for _, each := range all {
		if each == one {
			n++
		}
	}
	return n
}

// Slots is how many there are.
func (l *Load) Slots() int { return len(l.sizes) }

// App is that of a slot.
func (l *Load) App(slot int) int { return slot / l.Replicas }

// Uses is what a slot uses at a time, in percent of a node.
func (l *Load) Uses(slot int, at time.Duration) float64 {
	levels := l.levels[l.App(slot)]
	return l.sizes[slot] * levels[min(int(at/l.Step), len(levels)-1)]
}
