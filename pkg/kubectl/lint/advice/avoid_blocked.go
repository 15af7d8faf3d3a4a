package advice

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckAvoidBlocked is about points off a node that takes no pods anyway.
const CheckAvoidBlocked rules.Check = "avoid-blocked"

func avoidBlocked(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		if rule.Avoid != nil && rule.Block != nil && rule.Block.WhenAllBlocked == rules.DoNotSchedule {
			j.warn(t, path.Child("actions").Child("avoid"), `remove it, or give "avoid" a rule with a lower threshold`,
				`"avoid" takes points off nodes that "block" lets no pod onto`)
		}
	})
}
