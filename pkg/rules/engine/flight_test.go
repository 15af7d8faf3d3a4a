package engine

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestWhatAPodCountsWithBesideASample is about pods of which an estimate says 4 GiB, and
// that began at the start. Whatever is wrong with them, they count with their estimate at
// most, and not for ever.
func TestWhatAPodCountsWithBesideASample(t *testing.T) {
	pod := func(change func(*Flight)) Flight {
		f := Flight{Estimate: Amounts{Memory: 4 * gib, Pods: 1}, Began: start, Bound: true, Measurable: true}
		change(&f)
		return f
	}
	measured := func(seconds int, used float64) Flight {
		return pod(func(f *Flight) { f.Measured, f.Used = at(seconds), Amounts{Memory: used * gib} })
	}
	memory, instant := metrics["memory"], time.Duration(0)
	for name, c := range map[string]struct {
		flight  Flight
		seconds int // when the node's sample was taken
		window  time.Duration
		want    float64
	}{
		"one that has not begun":                                                 {pod(func(f *Flight) { f.Began = time.Time{} }), 3600, instant, 4},
		"one that began, and was never measured":                                 {pod(func(*Flight) {}), 60, instant, 3.2},
		"it does not fade because the node's sample has it":                      {pod(func(*Flight) {}), 30, 15 * time.Second, 3.6},
		"one that telemetry never sees, at last":                                 {pod(func(*Flight) {}), 300, instant, 0},
		"one that telemetry never sees, in a longer window":                      {pod(func(*Flight) {}), 300, 10 * time.Minute, 2},
		"one that telemetry never sees, after that":                              {pod(func(*Flight) {}), 600, 10 * time.Minute, 0},
		"one that uses a tenth of it":                                            {measured(30, 0.4), 60, instant, 2.88},
		"one that uses ten times of it":                                          {measured(30, 40), 60, instant, 0},
		"one that uses ten times of it, in a longer window":                      {measured(30, 40), 60, 2 * time.Minute, 2},
		"one that was measured before it began":                                  {measured(-30, 4), 60, instant, 3.2},
		"one where nobody measures pods":                                         {pod(func(f *Flight) { f.Measurable = false }), 60, instant, 0},
		"one where nobody measures pods, three minutes into an average over ten": {pod(func(f *Flight) { f.Measurable = false }), 180, 10 * time.Minute, 2.8},
		"one that began after the sample":                                        {pod(func(*Flight) {}), -1, instant, 4},
	} {
		s := sample{value: 50, at: instantOf(at(c.seconds)), window: c.window}
		if got := c.flight.unseen(&memory, &s) / gib; got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%s: %v GiB, want %v", name, got, c.want)
		}
	}
	if got := pod(func(f *Flight) { f.Began = time.Time{} }); got.unseen(&rules.Metric{BuiltIn: true, InFlight: rules.InFlight{Resource: rules.ResourcePods}}, &sample{}) != 0 {
		t.Error("a bound pod counts twice in pods")
	}
}
