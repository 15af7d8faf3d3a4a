package advice

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckRedundant is about a comparison that another one of the same list makes idle.
const CheckRedundant rules.Check = "redundant"

func redundant(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		j.idle(t, path.Child("when"), &rule.When)
	})
}

// idle visits a tree for comparisons that decide nothing.
func (j *judge) idle(t *Text, path strictyaml.Path, c *rules.Condition) {
	if c.Not != nil {
		j.idle(t, path.Child("not"), c.Not)
	}
	j.idleAmong(t, path.Child("any"), c.Any, true)
	j.idleAmong(t, path.Child("all"), c.All, false)
}

func (j *judge) idleAmong(t *Text, path strictyaml.Path, branches []rules.Condition, any bool) {
	for i := range branches {
		j.idle(t, path.Index(i), &branches[i])
		for k := range branches {
			if i != k && settles(branches[k].Leaf, branches[i].Leaf, any) && (k < i || !settles(branches[i].Leaf, branches[k].Leaf, any)) {
				j.warn(t, path.Index(i), "remove it", "this decides nothing beside %s in the same list", branches[k].Leaf)
				break
			}
		}
	}
}

// settles reports whether the outcome of a list is the same without idle: in any, one
// that is true only where by is; in all, one that is true wherever by is. Where they
// clear at different levels both may count.
func settles(by, idle *rules.Leaf, any bool) bool {
	if by == nil || idle == nil || by.Metric != idle.Metric || by.Op != idle.Op {
		return false
	}
	wide, narrow := by, idle
	if !any {
		wide, narrow = idle, by
	}
	switch by.Op {
	case rules.Above, rules.AtLeast:
		return wide.Threshold <= narrow.Threshold && wide.Clear <= narrow.Clear
	case rules.Below, rules.AtMost:
		return wide.Threshold >= narrow.Threshold && wide.Clear >= narrow.Clear
	}
	return by.Threshold == idle.Threshold
}
