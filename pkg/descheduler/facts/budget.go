package facts

import (
	"cmp"
	"slices"

	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// selecting is a PodDisruptionBudget and what it selects.
type selecting struct {
	name     string
	selector labels.Selector
}

// cover enters the PodDisruptionBudgets that cover a pod. The eviction API refuses pods
// with two for good.
func (c *Cluster) cover(pod *v1.Pod, into *plan.Pod) {
	var names []string
	for _, b := range c.budgetsIn(pod.Namespace) {
		if b.selector.Matches(labels.Set(pod.Labels)) {
			names = append(names, b.name)
		}
	}
	if len(names) > 0 {
		into.Budget = names[0]
	}
	if len(names) > 1 {
		into.Budgets = names
	}
}

// budgetsIn returns the budgets of a namespace, by name. They are read and parsed once:
// there may be many, and as many pods.
func (c *Cluster) budgetsIn(namespace string) []selecting {
	out, known := c.budgets[namespace]
	if known {
		return out
	}
	all, _ := c.Budgets.PodDisruptionBudgets(namespace).List(labels.Everything())
	for _, b := range all {
		if selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector); err == nil {
			out = append(out, selecting{budgetKey(b), selector})
		}
	}
	slices.SortFunc(out, func(a, b selecting) int { return cmp.Compare(a.name, b.name) })
	if c.budgets == nil {
		c.budgets = map[string][]selecting{}
	}
	c.budgets[namespace] = out
	return out
}

func budgetKey(b *policyv1.PodDisruptionBudget) string { return b.Namespace + "/" + b.Name }

// Disruptions returns how many more pods each PodDisruptionBudget lets go now: none where
// its controller has not seen its newest text.
func (c *Cluster) Disruptions() map[string]int32 {
	all, _ := c.Budgets.List(labels.Everything())
	out := make(map[string]int32, len(all))
	for _, b := range all {
		allowed := b.Status.DisruptionsAllowed
		if b.Status.ObservedGeneration < b.Generation {
			allowed = 0
		}
		out[budgetKey(b)] = allowed
	}
	return out
}
