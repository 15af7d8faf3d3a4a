package weight

import (
	"math"
	"slices"
	"testing"
)

// ranks returns the rank of each value, the mean of them for equal ones.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}

// rankCorrelation is Spearman's: 1 where both put things in one order, −1 where in
// the opposite.
func rankCorrelation(a, b []float64) float64 {
	ra, rb := ranks(a), ranks(b)
	ma, mb := mean(ra), mean(rb)
	var ab, aa, bb float64
	for i := range ra {
		ab += (ra[i] - ma) * (rb[i] - mb)
		aa += (ra[i] - ma) * (ra[i] - ma)
		bb += (rb[i] - mb) * (rb[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// deviation is the standard deviation.
func deviation(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(values)))
}

func TestStatistics(t *testing.T) {
	for sentence, tc := range map[string]struct {
		a, b []float64
		want float64
	}{
		"one order":          {[]float64{1, 2, 3, 9}, []float64{0, 5, 6, 7}, 1},
		"the opposite":       {[]float64{1, 2, 3, 9}, []float64{7, 6, 5, 0}, -1},
		"ties have one rank": {[]float64{1, 1, 2, 2}, []float64{3, 3, 4, 4}, 1},
		"nothing in common":  {[]float64{1, 2, 1, 2}, []float64{1, 1, 2, 2}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := rankCorrelation(tc.a, tc.b); math.Abs(got-tc.want) > 1e-9 {
				t.Errorf("the correlation is %v, want %v", got, tc.want)
			}
		})
	}
	if got := deviation([]float64{1, 3}); got != 1 {
		t.Errorf("the deviation is %v, want 1", got)
	}
}
