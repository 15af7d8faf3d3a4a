package advice

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckKeepLast is about a memory that is shorter than a sample is believed.
const CheckKeepLast rules.Check = "keep-last"

func keepLast(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		if rule.OnUnknown != rules.UnknownKeepLast {
			return
		}
		soonest := j.soonest(rule)
		if rule.KeepLastFor <= soonest.MaxAge {
			j.warn(t, path.Child("keepLastFor"), `write more than that, or "onUnknown: Allow"`,
				`"keepLastFor" counts from the last sample, which is believed for %s itself (maxAge of %s), so nothing is kept beyond it`, strictyaml.Duration(soonest.MaxAge), soonest.Name)
		}
	})
}

// soonest is the metric of a rule whose samples are the first to be disbelieved.
func (j *judge) soonest(rule *rules.Rule) (out rules.Metric) {
	for leaf := range rule.When.Leaves() {
		if m := j.set.Metrics[leaf.Metric]; out.Name == "" || m.MaxAge < out.MaxAge {
			out = m
		}
	}
	return out
}
