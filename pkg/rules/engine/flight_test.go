package engine

import (
	"math"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestWhatASampleDoesNotShowOfAPod(t *testing.T) {
	const minute = time.Minute
	measured := func(gibibytes float64, when int) func(*Flight) {
		return func(f *Flight) {
			f.Measurable, f.Used, f.Measured = true, Amounts{Memory: gibibytes * gib}, at(when)
		}
	}
	unmeasured := func(f *Flight) { f.Measurable = true }
	nothing := func(*Flight) {}
	for sentence, tc := range map[string]struct {
		window time.Duration
		began  int // seconds after the start; the sample is taken at the start
		more   func(*Flight)
		want   float64 // of 10 GiB
	}{
		"all, where it began after the sample":                                   {0, 1, nothing, 10},
		"all, where it began in its very moment":                                 {0, 0, nothing, 10},
		"nothing, where it ran at an instant":                                    {0, -1, nothing, 0},
		"most, of three minutes in an average over ten":                          {10 * minute, -180, nothing, 7},
		"the rest, of nine minutes in an average over ten":                       {10 * minute, -540, nothing, 1},
		"nothing, after the whole window":                                        {10 * minute, -600, nothing, 0},
		"what it has not taken yet, though an instant shows it":                  {0, -1, measured(1, 0), 9 * 299. / 300},
		"less of that after half of the time that pods have to grow":             {0, -150, measured(1, 0), 4.5},
		"nothing of it after that time":                                          {0, -300, measured(1, 0), 0},
		"nothing, where it uses ten times what was expected":                     {0, -10, measured(100, 0), 0},
		"ever less, where telemetry never sees it":                               {0, -150, unmeasured, 5},
		"nothing in the end, where telemetry never sees it":                      {0, -300, unmeasured, 0},
		"all that it has not taken, where what was measured is an earlier pod's": {0, -150, measured(9, -200), 5},
		"both, of a pod that grows and an average":                               {10 * minute, -150, measured(1, 0), 7.5 + .25*4.5},
	} {
		f := Flight{Estimate: Amounts{Memory: 10 * gib}, Began: at(tc.began), Bound: true}
		tc.more(&f)
		m := rules.Metric{Name: "m", InFlight: rules.InFlight{Resource: rules.ResourceMemory}}
		got := f.unseen(&m, &sample{at: instantOf(start), window: tc.window}) / gib
		if math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: %v GiB, want %v", sentence, got, tc.want)
		}
	}
}
