package prometheus

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// combine makes one value of the values of several series; ok is false where how
// does not say. NaN among them makes NaN.
func combine(values []float64, how telemetry.Combine) (value float64, ok bool) {
	switch how {
	case telemetry.CombineMax:
		return reduce(values, func(a, b float64) float64 { return max(a, b) }), true
	case telemetry.CombineMin:
		return reduce(values, func(a, b float64) float64 { return min(a, b) }), true
	case telemetry.CombineSum:
		return reduce(values, sum), true
	case telemetry.CombineAvg:
		return reduce(values, sum) / float64(len(values)), true
	}
	return values[0], len(values) == 1
}

func sum(a, b float64) float64 { return a + b }

func reduce(values []float64, with func(a, b float64) float64) float64 {
	out := values[0]
	for _, v := range values[1:] {
		out = with(out, v)
	}
	return out
}
