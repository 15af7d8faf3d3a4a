package plan_test

import (
	"cmp"
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// worth is what choices are compared by.
type worth struct {
	Priority, Staying, Cost, Pods int
	Overshoot                     float64
}

func (w worth) compare(o worth) int {
	return cmp.Or(cmp.Compare(w.Priority, o.Priority), cmp.Compare(w.Staying, o.Staying), cmp.Compare(w.Cost, o.Cost),
		cmp.Compare(w.Pods, o.Pods), cmp.Compare(w.Overshoot, o.Overshoot))
}

// exhaustive looks at all sets of pods that have a home and may leave.
func exhaustive(in *plan.In, homeless string) (best *worth) {
	var may []*plan.Pod
	for i := range in.Nodes[0].Pods {
		if p := &in.Nodes[0].Pods[i]; p.Refusal == "" && p.Name != homeless && p.Measured {
			may = append(may, p)
		}
	}
	for bits := 1; bits < 1<<len(may); bits++ {
		var set []*plan.Pod
		for i, p := range may {
			if bits>>i&1 == 1 {
				set = append(set, p)
			}
		}
		if w := worthOf(in, set); allowed(in, set) && (best == nil || w.compare(*best) < 0) {
			best = &w
		}
	}
	return best
}

// allowed wants a set to end all rules, and each pod of it to be needed for a rule that
// may move it.
func allowed(in *plan.In, set []*plan.Pod) bool {
	for _, t := range in.Nodes[0].Troubles {
		if !ends(in, t.Rule, set) {
			return false
		}
	}
	for i, p := range set {
		without, needed := slices.Delete(slices.Clone(set), i, i+1), false
		for rule, reason := range p.Governed {
			needed = needed || reason == "" && !ends(in, rule, without)
		}
		if !needed {
			return false
		}
	}
	return true
}

func ends(in *plan.In, rule rules.Key, set []*plan.Pod) bool {
	return over(in, rule, set) < math.Inf(1)
}

// over is the smallest overshoot of the alternatives that a set ends a rule by; none
// where the rule is not in trouble.
func over(in *plan.In, rule rules.Key, set []*plan.Pod) float64 {
	least, found := math.Inf(1), false
	for _, t := range in.Nodes[0].Troubles {
		for _, relief := range t.Relief {
			if found = found || t.Rule == rule; t.Rule == rule {
				least = min(least, overshoot(relief, set))
			}
		}
	}
	if !found {
		return 0
	}
	return least
}

func overshoot(relief plan.Relief, set []*plan.Pod) (sum float64) {
	for _, p := range relief.Parts {
		leaves := 0.0
		for _, pod := range set {
			leaves += map[rules.Resource]float64{rules.ResourceMemory: pod.Use.Memory, rules.ResourceCPU: pod.Use.CPU}[p.Resource]
		}
		if leaves < p.Excess {
			return math.Inf(1)
		}
		sum += leaves/p.Excess - 1
	}
	return sum
}

func worthOf(in *plan.In, set []*plan.Pod) worth {
	w := worth{Priority: math.MinInt32, Cost: math.MinInt32, Pods: len(set)}
	for _, p := range set {
		w.Priority, w.Cost = max(w.Priority, int(p.Priority)), max(w.Cost, int(p.DeletionCost))
		if p.PrefersToStay {
			w.Staying++
		}
	}
	for _, t := range in.Nodes[0].Troubles {
		w.Overshoot += over(in, t.Rule, set)
	}
	return w
}
