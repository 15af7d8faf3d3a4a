package engine

import (
	"fmt"
	"testing"
	"time"
)

// now and the sample time of the walk through all pairs.
const (
	walkNow    = instant(1000 * int64(time.Second))
	walkSample = instant(990 * int64(time.Second))
)

// secondsBefore is a time before the walk.
func secondsBefore(s int64) instant { return walkNow - instant(s*int64(time.Second)) }

// TestEveryPhaseMeetsEveryObservation walks the whole table.
func TestEveryPhaseMeetsEveryObservation(t *testing.T) {
	strict := timing{hold: 30 * time.Second, keep: 20 * time.Second, blind: 60 * time.Second}
	type row struct {
		from    pair
		timing  timing
		results map[Truth]Phase
	}
	table := map[string]row{
		"inactive, with for": {pair{phase: Inactive}, strict,
			map[Truth]Phase{True: Pending, False: Inactive, Unknown: Inactive}},
		"inactive, without for": {pair{phase: Inactive}, timing{},
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Inactive}},
		"inactive, at a first look without a stored state": {pair{phase: Inactive, assume: true}, strict,
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Inactive}},
		"pending, too short": {pair{phase: Pending, firstTrue: walkSample - instant(29*time.Second), newestTrue: walkSample - instant(time.Second)}, strict,
			map[Truth]Phase{True: Pending, False: Inactive, Unknown: Inactive}},
		"pending, long enough": {pair{phase: Pending, firstTrue: walkSample - instant(30*time.Second), newestTrue: walkSample - instant(time.Second)}, strict,
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Inactive}},
		"firing, with keepFiringFor": {pair{phase: Firing, firstTrue: secondsBefore(500)}, strict,
			map[Truth]Phase{True: Firing, False: Keeping, Unknown: Keeping}},
		"firing, without keepFiringFor": {pair{phase: Firing, firstTrue: secondsBefore(500)}, timing{blind: 60 * time.Second},
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Keeping}},
		"keeping, for a moment": {pair{phase: Keeping, firstTrue: secondsBefore(500), kept: secondsBefore(1)}, strict,
			map[Truth]Phase{True: Firing, False: Keeping, Unknown: Keeping}},
		"keeping, longer than keepFiringFor and shorter than maxAge": {pair{phase: Keeping, firstTrue: secondsBefore(500), kept: secondsBefore(20)}, strict,
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Keeping}},
		"keeping, longer than both": {pair{phase: Keeping, firstTrue: secondsBefore(500), kept: secondsBefore(60)}, strict,
			map[Truth]Phase{True: Firing, False: Inactive, Unknown: Inactive}},
	}
	seen := map[string]bool{}
	for name, row := range table {
		for _, truth := range []Truth{True, False, Unknown} {
			want, stated := row.results[truth]
			if !stated {
				t.Fatalf("%s has no result for %v", name, truth)
			}
			seen[fmt.Sprint(row.from.phase, truth)] = true
			got := row.from
			got.step(walkNow, observation{truth: truth, at: walkSample}, row.timing)
			if got.phase != want {
				t.Errorf("%s, then %v: %v, want %v", name, truth, got.phase, want)
			}
			if changed := got.phase != row.from.phase; changed && got.since != walkNow || !changed && got.since != row.from.since {
				t.Errorf("%s, then %v: the phase began at %d", name, truth, got.since)
			}
		}
	}
	if want := 4 * 3; len(seen) != want {
		t.Errorf("the table has %d pairs of a phase and an observation, want %d", len(seen), want)
	}
}

func TestForRunsOnSampleTime(t *testing.T) {
	rule := timing{hold: 30 * time.Second, blind: time.Minute}
	for name, c := range map[string]struct {
		samples []int64 // seconds
		want    Phase
	}{
		"one sample read five times is one sample":    {[]int64{100, 100, 100, 100, 100}, Pending},
		"two samples 29 s apart are not enough":       {[]int64{100, 129}, Pending},
		"two samples 30 s apart are":                  {[]int64{100, 130}, Firing},
		"an old sample among them takes nothing back": {[]int64{100, 120, 110, 130}, Firing},
		"one late sample is enough":                   {[]int64{100, 160}, Firing},
		"after a gap it begins anew":                  {[]int64{100, 161}, Pending},
		"and goes on from there":                      {[]int64{100, 161, 191}, Firing},
	} {
		var p pair
		for i, s := range c.samples {
			p.step(instant(1000+int64(i)), observation{True, instant(s * int64(time.Second))}, rule)
		}
		if p.phase != c.want {
			t.Errorf("%s: %v, want %v", name, p.phase, c.want)
		}
	}
}

func TestAnAssumptionEndsWithTheFirstKnownObservation(t *testing.T) {
	rule := timing{hold: 30 * time.Second}
	p := pair{selected: true, assume: true}
	p.step(walkNow, observation{}, rule)
	if !p.assume {
		t.Error("Unknown ended the assumption: nothing was seen yet")
	}
	p.step(walkNow, observation{False, walkSample}, rule)
	p.step(walkNow, observation{True, walkSample}, rule)
	if p.phase != Pending {
		t.Errorf("a node that was seen healthy first is %v, want pending", p.phase)
	}
}

func TestWhatWasAssumedIsProvenBySamples(t *testing.T) {
	rule := timing{hold: 30 * time.Second, blind: time.Minute}
	p := pair{selected: true, assume: true}
	p.step(walkNow, observation{True, walkSample}, rule)
	if p.phase != Firing || !p.assumed {
		t.Errorf("at the first look: %v, assumed %v; want firing on an assumption", p.phase, p.assumed)
	}
	p.step(walkNow, observation{True, walkSample + instant(30*time.Second)}, rule)
	if p.phase != Firing || p.assumed {
		t.Errorf("after 30 s of samples: %v, assumed %v; want firing, proven", p.phase, p.assumed)
	}
}
