package plan

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// gives is what the pod uses of a resource, and whether that is known.
func (p *Pod) gives(of rules.Resource) (float64, bool) {
	switch of {
	case rules.ResourcePods:
		return 1, true
	case rules.ResourceCPU:
		return p.Use.CPU, p.Measured
	case rules.ResourceMemory:
		return p.Use.Memory, p.Measured
	}
	return 0, false
}

// need is how much of a resource must leave.
type need struct {
	of     int
	excess float64
}

// want is what ends one rule: the needs of one of its alternatives.
type want [][]need

// problem is to choose, among candidates, those that end all wants.
type problem struct {
	// dimensions are the resources of which less is wanted.
	dimensions []rules.Resource
	wants      []want
	candidates []candidate
}

// candidate is a pod that may leave.
type candidate struct {
	pod *Pod
	// governed has a bit for each want whose rule may move the pod.
	governed uint64
	// gives is what leaves with it, by dimension; weight is that in parts of what is
	// needed.
	gives  []float64
	weight float64
}

func newProblem(group []acting) *problem {
	p := &problem{}
	for i := range group {
		w := make(want, len(group[i].Relief))
		for a := range w {
			w[a] = p.needs(group[i].Relief[a].Parts)
		}
		p.wants = append(p.wants, w)
	}
	return p
}

func (p *problem) needs(parts []Part) (out []need) {
	for i := range parts {
		if !(parts[i].Excess > 0) {
			continue
		}
		of := parts[i].Resource
		at := slices.Index(p.dimensions, of)
		if at < 0 {
			at, p.dimensions = len(p.dimensions), append(p.dimensions, of)
		}
		out = append(out, need{at, parts[i].Excess})
	}
	return out
}

// offer takes the pod in as a candidate, or says why it cannot help.
func (p *problem) offer(pod *Pod, governed uint64) Reason {
	c := candidate{pod: pod, governed: governed, gives: make([]float64, len(p.dimensions))}
	unknown := false
	for d := range p.dimensions {
		if use, known := pod.gives(p.dimensions[d]); known && use > 0 {
			c.gives[d] = use
		} else if !known {
			unknown = true
		}
	}
	switch c.weight = p.weigh(&c); {
	case c.weight > 0:
		p.candidates = append(p.candidates, c)
		return ""
	case unknown:
		return Unmeasured
	}
	return BringsNothing
}

// weigh adds up what a candidate brings of what the rules that govern it need.
func (p *problem) weigh(c *candidate) (weight float64) {
	for w := range p.wants {
		if c.governed>>w&1 == 0 {
			continue
		}
		for _, needs := range p.wants[w] {
			for _, n := range needs {
				weight += min(1, c.gives[n.of]/n.excess)
			}
		}
	}
	return weight
}

// noise is what computers make of fractions.
const noise = 1e-9

func (n need) reached(sum []float64) bool { return sum[n.of] >= n.excess*(1-noise) }

// ends reports whether an amount that leaves ends one rule.
func (w want) ends(sum []float64) bool {
	return slices.ContainsFunc(w, func(needs []need) bool { return reached(needs, sum) })
}

func reached(needs []need, sum []float64) bool {
	for _, n := range needs {
		if !n.reached(sum) {
			return false
		}
	}
	return true
}

// reaches reports whether an amount that leaves ends all rules.
func (p *problem) reaches(sum []float64) bool {
	for i := range p.wants {
		if !p.wants[i].ends(sum) {
			return false
		}
	}
	return true
}

// overshoot is by how much more than needed leaves, in parts of what is needed, added
// up over the rules.
func (p *problem) overshoot(sum []float64) (over float64) {
	for _, w := range p.wants {
		least := -1.0
		for _, needs := range w {
			if reached(needs, sum) {
				if o := beyond(needs, sum); least < 0 || o < least {
					least = o
				}
			}
		}
		over += least
	}
	return over
}

func beyond(needs []need, sum []float64) (over float64) {
	for _, n := range needs {
		over += max(0, sum[n.of]/n.excess-1)
	}
	return over
}

// needed returns the rules that govern the candidate and that would not end without
// it, sum being what leaves with it.
func (p *problem) needed(c *candidate, sum, scratch []float64) (out uint64) {
	for d := range sum {
		scratch[d] = sum[d] - c.gives[d]
	}
	for w := range p.wants {
		if c.governed>>w&1 == 1 && !p.wants[w].ends(scratch) {
			out |= 1 << w
		}
	}
	return out
}
