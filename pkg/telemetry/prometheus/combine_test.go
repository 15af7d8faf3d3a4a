package prometheus

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var ignoreEmpty = cmpopts.EquateEmpty()

func TestSeveralSeriesMakeOneValue(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		how    telemetry.Combine
		values []float64
		want   float64
		ok     bool
	}{
		{telemetry.CombineNone, []float64{3}, 3, true},
		{telemetry.CombineNone, []float64{3, 3}, 3, false},
		{"", []float64{1, 2}, 1, false},
		{telemetry.CombineMax, []float64{3, 5, 1}, 5, true},
		{telemetry.CombineMin, []float64{3, 5, 1}, 1, true},
		{telemetry.CombineSum, []float64{3, 5, 1}, 9, true},
		{telemetry.CombineAvg, []float64{3, 5, 1}, 3, true},
		{telemetry.CombineMax, []float64{3, nan}, nan, true},
		{telemetry.CombineMin, []float64{nan, 3}, nan, true},
		{telemetry.CombineSum, []float64{math.Inf(1), math.Inf(-1)}, nan, true},
	} {
		got, ok := combine(tc.values, tc.how)
		if ok != tc.ok || got != tc.want && !(math.IsNaN(got) && math.IsNaN(tc.want)) {
			t.Errorf("%s of %v is %v, %v, want %v, %v", tc.how, tc.values, got, ok, tc.want, tc.ok)
		}
	}
}
