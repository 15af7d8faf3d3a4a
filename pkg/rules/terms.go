package rules

import "k8s.io/apimachinery/pkg/labels"

// Terms is what a rule costs for each node and pod, whatever its form: its comparisons,
// and the values that its selectors compare with.
func (r *Rule) Terms() (n int) {
	for _, condition := range r.conditions() {
		n += condition.leaves()
	}
	return n + termsOf(r.Nodes) + termsOf(r.Pods) + termsOf(r.Namespaces)
}

// conditions are the rule's own and that of the homes of its evictions.
func (r *Rule) conditions() []*Condition {
	if r.Evict != nil && r.Evict.Homes != nil {
		return []*Condition{&r.When, &r.Evict.Homes.When}
	}
	return []*Condition{&r.When}
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
