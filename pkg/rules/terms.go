package rules

import "k8s.io/apimachinery/pkg/labels"

// Terms is what a rule costs for each node and pod, whatever its form: its comparisons,
// and the values that its selectors compare with.
func (r *Rule) Terms() int {
	return r.When.leaves() + termsOf(r.Nodes) + termsOf(r.Pods) + termsOf(r.Namespaces)
}

// Terms is what a preference costs: see Rule.Terms.
func (p *Preference) Terms() int { return 1 + termsOf(p.Nodes) + termsOf(p.Pods) }

func termsOf(selector labels.Selector) (n int) {
	if selector == nil {
		return 0
	}
	requirements, _ := selector.Requirements()
	for i := range requirements {
		n += max(1, len(requirements[i].ValuesUnsorted()))
	}
	return n
}
