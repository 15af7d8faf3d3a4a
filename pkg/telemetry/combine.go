package telemetry

// Of makes one value of the values of several series, of which there is at least
// one; ok is false where c does not say how. NaN among them makes NaN.
func (c Combine) Of(values []float64) (value float64, ok bool) {
	switch c {
	case CombineMax:
		return reduce(values, func(a, b float64) float64 { return max(a, b) }), true
	case CombineMin:
		return reduce(values, func(a, b float64) float64 { return min(a, b) }), true
	case CombineSum:
		return reduce(values, sum), true
	case CombineAvg:
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
