package advice

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckUnusedMetric is about metrics that nothing names: they are asked for all the same.
const CheckUnusedMetric rules.Check = "unused-metric"

func unusedMetric(j *judge) {
	used := map[string]bool{}
	for _, name := range j.set.UsedMetrics() {
		used[name] = true
	}
	for _, t := range j.texts {
		if !t.readable() {
			return // nobody knows what it uses
		}
		for name := range t.named() {
			used[name] = true
		}
	}
	for _, t := range j.texts {
		for i, m := range t.File.Metrics {
			if !used[m.Name] {
				j.warn(t, strictyaml.Path("metrics").Index(i).Child("name"), "remove it, or check it together with the rules that use it",
					"no rule or preference that was checked uses the metric %q", m.Name)
			}
		}
	}
}
