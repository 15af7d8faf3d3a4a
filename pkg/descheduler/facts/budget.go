package facts

import (
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// budgetOf names the PodDisruptionBudget that covers a pod, if there is one. The eviction
// API refuses pods with two for good.
func (c *Cluster) budgetOf(pod *v1.Pod) (name string, conflict bool) {
	all, _ := c.Budgets.PodDisruptionBudgets(pod.Namespace).List(labels.Everything())
	for _, b := range all {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err != nil || !selector.Matches(labels.Set(pod.Labels)) {
			continue
		}
		if name != "" {
			return name, true
		}
		name = budgetKey(b)
	}
	return name, false
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
