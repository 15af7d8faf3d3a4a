package api

import (
	"math"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// tidy rounds what was reckoned to whole bytes, or to a millionth: the rest is what
// computers make of fractions. What sources measured is told as they said it.
func tidy(value float64, unit rules.Unit) float64 {
	if unit == rules.UnitBytes {
		return math.Round(value)
	}
	return math.Round(value*1e6) / 1e6
}

// amounts leaves out what is unbounded or not asked for.
func amounts(a engine.Amounts) v1alpha1.Amounts {
	return v1alpha1.Amounts{
		CPU: finite(tidy(a.CPU, rules.UnitCores)), Memory: finite(tidy(a.Memory, rules.UnitBytes)), Pods: finite(tidy(a.Pods, rules.UnitNone)),
	}
}

// headroom rounds down to what pods ask for in: a pod of so many thousandths of a core
// and whole bytes fits into what is shown if it fits. What is below 0 stays so.
func headroom(a engine.Amounts) v1alpha1.Amounts {
	return v1alpha1.Amounts{CPU: finite(down(a.CPU, 1000)), Memory: finite(down(a.Memory, 1)), Pods: finite(down(a.Pods, 1))}
}

func down(value, parts float64) float64 {
	if value < 0 {
		return math.Min(math.Round(value*parts), -1) / parts
	}
	return math.Floor(value*parts) / parts
}

func finite(value float64) *float64 {
	if math.IsInf(value, 0) {
		return nil
	}
	value += 0 // no −0
	return &value
}
