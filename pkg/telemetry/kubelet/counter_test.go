package kubelet

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// after is a counter that was read some seconds after start.
func after(seconds, value float64) counter {
	return counter{value, start.Add(time.Duration(seconds * float64(time.Second)))}
}

func TestCPUUseComesFromTwoCountersAndTheirTimes(t *testing.T) {
	const (
		second    = "CPU use is known from the second reading on"
		anew      = "the CPU counter began anew; CPU use is known from the next reading on"
		wentBack  = "the clock of the node went back; CPU use is known from the next reading on"
		oneMinute = "the CPU counter was last read 1m1s ago, and use is not averaged over more than 1m0s"
	)
	rate := func(value, at, window float64) telemetry.Sample {
		return telemetry.Sample{Value: value, Time: after(at, 0).at, Window: time.Duration(window * float64(time.Second))}
	}
	type says struct {
		Sample  telemetry.Sample
		Problem string
	}
	for sentence, tc := range map[string]struct {
		counters []counter
		want     says
	}{
		"one counter says nothing":                   {[]counter{after(0, 100)}, says{Problem: second}},
		"two say the use between them":               {[]counter{after(0, 100), after(10, 115)}, says{Sample: rate(1.5, 10, 10)}},
		"three say the use between the last two":     {[]counter{after(0, 100), after(10, 115), after(14, 116)}, says{Sample: rate(0.25, 14, 4)}},
		"an idle node":                               {[]counter{after(0, 0), after(10, 0)}, says{Sample: rate(0, 10, 10)}},
		"the same counter again says nothing new":    {[]counter{after(0, 100), after(10, 115), after(10, 115)}, says{Sample: rate(1.5, 10, 10)}},
		"and the next one is measured against it":    {[]counter{after(0, 100), after(10, 115), after(10, 115), after(15, 120)}, says{Sample: rate(1, 15, 5)}},
		"two that are too close say nothing new":     {[]counter{after(0, 100), after(10, 115), after(10.9, 200)}, says{Sample: rate(1.5, 10, 10)}},
		"the first counter twice":                    {[]counter{after(0, 100), after(0, 100)}, says{Problem: second}},
		"a counter that falls":                       {[]counter{after(0, 100), after(10, 3)}, says{Problem: anew}},
		"is a beginning":                             {[]counter{after(0, 100), after(10, 3), after(20, 8)}, says{Sample: rate(0.5, 20, 10)}},
		"a counter that falls at the same time":      {[]counter{after(0, 100), after(0, 3)}, says{Problem: anew}},
		"a clock that goes back":                     {[]counter{after(20, 100), after(10, 101)}, says{Problem: wentBack}},
		"the second counter after a clock went back": {[]counter{after(20, 100), after(10, 101), after(20, 106)}, says{Sample: rate(0.5, 20, 10)}},
		"a long pause":                               {[]counter{after(0, 100), after(61, 101)}, says{Problem: oneMinute}},
		"a pause that is just short enough":          {[]counter{after(0, 100), after(60, 160)}, says{Sample: rate(1, 60, 60)}},
		"NaN":                                        {[]counter{after(0, 100), after(10, math.NaN())}, says{Problem: "the kubelet says that NaN s of CPU time were used"}},
		"what follows NaN":                           {[]counter{after(0, 100), after(10, math.NaN()), after(20, 100)}, says{Problem: second}},
		"infinity":                                   {[]counter{after(0, math.Inf(1))}, says{Problem: "the kubelet says that +Inf s of CPU time were used"}},
		"negative":                                   {[]counter{after(0, -1)}, says{Problem: "the kubelet says that -1 s of CPU time were used"}},
		"a time beyond all times":                    {[]counter{after(0, 1), {2, time.UnixMilli(math.MaxInt64)}, after(10, 2)}, says{Problem: wentBack}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var m meter
			var got says
			for _, c := range tc.counters {
				got.Sample, got.Problem = m.read(c, time.Minute)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("use (-want +got):\n%s", diff)
			}
		})
	}
}
