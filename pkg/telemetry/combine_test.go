package telemetry

import (
	"math"
	"testing"
)

func TestSeveralSeriesMakeOneValue(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		how    Combine
		values []float64
		want   float64
		ok     bool
	}{
		{CombineNone, []float64{3}, 3, true},
		{CombineNone, []float64{3, 3}, 3, false},
		{"", []float64{1, 2}, 1, false},
		{CombineMax, []float64{3, 5, 1}, 5, true},
		{CombineMin, []float64{3, 5, 1}, 1, true},
		{CombineSum, []float64{3, 5, 1}, 9, true},
		{CombineAvg, []float64{3, 5, 1}, 3, true},
		{CombineMax, []float64{3, nan}, nan, true},
		{CombineMin, []float64{nan, 3}, nan, true},
		{CombineSum, []float64{math.Inf(1), math.Inf(-1)}, nan, true},
	} {
		got, ok := tc.how.Of(tc.values)
		if ok != tc.ok || got != tc.want && !(math.IsNaN(got) && math.IsNaN(tc.want)) {
			t.Errorf("%s of %v is %v, %v, want %v, %v", tc.how, tc.values, got, ok, tc.want, tc.ok)
		}
	}
}
