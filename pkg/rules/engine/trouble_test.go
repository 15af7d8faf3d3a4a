package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// evicting is a rule that does nothing but to move pods.
func evictingRule(when rules.Condition, change ...func(*rules.Rule)) rules.Rule {
	r := blocking(when)
	r.Block, r.Evict = nil, &rules.Evict{Goal: rules.Relieve}
	for _, c := range change {
		c(&r)
	}
	return r
}

// clearing gives a comparison its second line.
func clearing(c rules.Condition, level float64) rules.Condition {
	leaf := *c.Leaf
	leaf.Clear = level
	return rules.Condition{Leaf: &leaf}
}

// troubles lists what is to be moved, by node and rule.
func (w *world) troubles() []Trouble { return slices.Collect(w.last.Troubles()) }

// TestOnlySamplesInARowAreSure tells one node's samples of memory, a minute being the
// greatest age of one.
func TestOnlySamplesInARowAreSure(t *testing.T) {
	type look struct {
		at, sample int // seconds
		value      float64
	}
	const none = -1
	for sentence, tc := range map[string]struct {
		looks []look
		want  int
	}{
		"one sample is one":                        {[]look{{0, 0, 95}}, 1},
		"a sample that is read twice is one":       {[]look{{0, 0, 95}, {10, 0, 95}, {20, 0, 95}}, 1},
		"three are three":                          {[]look{{0, 0, 95}, {15, 15, 95}, {30, 30, 95}}, 3},
		"and more are no more":                     {[]look{{0, 0, 95}, {15, 15, 95}, {30, 30, 95}, {45, 45, 95}}, 3},
		"an earlier one is no news":                {[]look{{0, 0, 95}, {15, 15, 95}, {30, 10, 95}}, 2},
		"one in the band begins anew":              {[]look{{0, 0, 95}, {15, 15, 95}, {30, 30, 85}, {45, 45, 95}}, 1},
		"and is none itself":                       {[]look{{0, 0, 95}, {15, 15, 95}, {30, 30, 85}}, 0},
		"the threshold itself is in the band":      {[]look{{0, 0, 95}, {15, 15, 90}}, 0},
		"none at all begins anew":                  {[]look{{0, 0, 95}, {15, 15, 95}, {30, none, 0}, {45, 45, 95}}, 1},
		"one that is too old begins anew":          {[]look{{0, 0, 95}, {15, 15, 95}, {80, 15, 95}, {85, 85, 95}}, 1},
		"a gap in which nobody looked begins anew": {[]look{{0, 0, 95}, {15, 15, 95}, {100, 100, 95}}, 1},
	} {
		for _, restarts := range []bool{false, true} {
			rule := evictingRule(clearing(leafOf("memory", rules.Above, 90), 80), func(r *rules.Rule) { r.KeepFiringFor = time.Hour })
			w := newWorld(setOf(rule), nodes("a"))
			for _, l := range tc.looks {
				if restarts {
					w = w.restart(t)
				}
				r := readings{"memory a": {value: l.value, at: at(l.sample)}}
				if l.sample == none {
					r = nil
				}
				w.read(at(l.at), r)
			}
			got := w.troubles()
			if len(got) != 1 || got[0].Surely != tc.want {
				t.Errorf("%s, restarts %v: %+v, want %d", sentence, restarts, got, tc.want)
			}
		}
	}
}

// TestEveryComparisonHasToMoveOn reads two metrics of which one comes half as often.
func TestEveryComparisonHasToMoveOn(t *testing.T) {
	both := allOf(leafOf("memory", rules.Above, 90), leafOf("health", rules.Above, 5))
	for sentence, tc := range map[string]struct {
		when rules.Condition
		want []int
	}{
		"all waits for the slower one":    {both, []int{1, 1, 2, 2, 3}},
		"any does so while both are True": {anyOf(both.All...), []int{1, 1, 2, 2, 3}},
	} {
		w := newWorld(setOf(evictingRule(tc.when)), nodes("a"))
		for i, want := range tc.want {
			w.read(at(15*i), readings{"memory a": {value: 95, at: at(15 * i)}, "health a": {value: 6, at: at(15*i - i%2*15)}})
			if got := w.troubles(); len(got) != 1 || got[0].Surely != want || !got[0].Newest.Equal(at(15*i-i%2*15)) {
				t.Errorf("%s, look %d: %+v, want %d", sentence, i, got, want)
			}
		}
	}
}

func TestWhatMovesNothingIsNoTrouble(t *testing.T) {
	hot := leafOf("memory", rules.Above, 90)
	for sentence, rule := range map[string]rules.Rule{
		"a rule that only blocks": blocking(hot),
		"one that is pending":     evictingRule(hot, func(r *rules.Rule) { r.For = time.Hour }),
		"one that is inactive":    evictingRule(leafOf("memory", rules.Above, 99)),
	} {
		w := newWorld(setOf(rule), nodes("a"))
		w.tick(at(0), "memory", map[string]float64{"a": 95})
		if got := w.troubles(); got != nil {
			t.Errorf("%s: %+v", sentence, got)
		}
	}
}

func TestTroublesSayAllThatIsKnown(t *testing.T) {
	rule := evictingRule(clearing(leafOf("memory", rules.Above, 90), 80), func(r *rules.Rule) { r.DryRun, r.Paused = true, true })
	vacating := evictingRule(leafOf("health", rules.Above, 5), func(r *rules.Rule) { r.Name, r.Evict.DryRun = "sick", true })
	set := setOf(rule, vacating)
	set.Pause.Silences = []rules.Silence{{Node: "b"}}
	w := newWorld(set, nodes("a", "b"))
	w.read(at(0), readings{"memory a": {value: 95, at: at(-5)}, "memory b": {value: 91, at: at(-5)}, "health a": {value: 6, at: at(-10)}})
	w.read(at(15), readings{"memory a": {value: 95, at: at(10)}, "memory b": {value: 91, at: at(10)}})
	relief := func(value, excess float64) []Relief {
		return []Relief{{[]Part{{Metric: "memory", Value: value, Threshold: 90, Clear: 80, Unit: rules.UnitPercent, Resource: rules.ResourceMemory, Excess: excess * gib}}}}
	}
	want := []Trouble{
		{Rule: rule.Key(), Node: "a", Phase: Firing, Since: at(0), Paused: true, DryRun: true, Truth: True, Surely: 2, Newest: at(10),
			Sentence: "memory is 95% (memory > 90)", Relief: relief(95, 15)},
		{Rule: vacating.Key(), Node: "a", Phase: Keeping, Since: at(0), DryRun: true, Newest: at(-10), Sentence: "health is unknown: no sample"},
		{Rule: rule.Key(), Node: "b", Phase: Firing, Since: at(0), Silenced: true, Paused: true, DryRun: true, Truth: True, Surely: 2, Newest: at(10),
			Sentence: "memory is 91% (memory > 90)", Relief: relief(91, 11)},
	}
	if diff := cmp.Diff(want, w.troubles(), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("troubles (-want +got):\n%s", diff)
	}
}

// TestOnlyFiringWithoutABreakCounts tells one node's values, one every 30 s, of a rule that
// keeps firing for ten minutes.
func TestOnlyFiringWithoutABreakCounts(t *testing.T) {
	const none = -1
	for sentence, tc := range map[string]struct {
		values []float64
		want   int // seconds
	}{
		"it fires since the first":                       {[]float64{95, 95, 95}, 0},
		"what is in the band fires on":                   {[]float64{95, 85, 95}, 0},
		"after it was well it begins anew":               {[]float64{95, 10, 95, 95}, 60},
		"and so it does after nothing was known":         {[]float64{95, none, none, none, 95, 95}, 120},
		"while it keeps firing, it began when it did so": {[]float64{95, 10, 95, 10}, 0},
	} {
		for _, restarts := range []bool{false, true} {
			w := newWorld(setOf(evictingRule(clearing(leafOf("memory", rules.Above, 90), 80), func(r *rules.Rule) { r.KeepFiringFor = 10 * time.Minute })), nodes("a"))
			for i, value := range tc.values {
				if restarts {
					w = w.restart(t)
				}
				r := readings{"memory a": {value: value, at: at(30 * i)}}
				if value == none {
					r = nil
				}
				w.read(at(30*i), r)
			}
			if got := w.troubles(); len(got) != 1 || !got[0].Since.Equal(at(tc.want)) {
				t.Errorf("%s, restarts %v: %+v, want since %v", sentence, restarts, got, at(tc.want))
			}
		}
	}
}

func TestWhatIsFoundBrokenAtAStartIsSaidSo(t *testing.T) {
	w := newWorld(setOf(evictingRule(leafOf("memory", rules.Above, 90), func(r *rules.Rule) { r.For = time.Minute })), nodes("a"))
	w.engine = New(Options{}, nil)
	for i, want := range []bool{true, true, false} {
		w.tick(at(30*i), "memory", map[string]float64{"a": 95})
		if got := w.troubles(); len(got) != 1 || got[0].Assumed != want {
			t.Errorf("look %d: %+v, want assumed %v", i, got, want)
		}
	}
}

func TestRulesSayHowManyNodesBeganToFire(t *testing.T) {
	w := newWorld(setOf(evictingRule(leafOf("memory", rules.Above, 90), func(r *rules.Rule) { r.KeepFiringFor = time.Minute })), nodes("a", "b", "c"))
	for i, tick := range []struct {
		values map[string]float64
		want   int
	}{
		{map[string]float64{"a": 95, "b": 10, "c": 10}, 1},
		{map[string]float64{"a": 95, "b": 95, "c": 95}, 2},
		{map[string]float64{"a": 10, "b": 95, "c": 95}, 0},
		{map[string]float64{"a": 95, "b": 95, "c": 95}, 0},
	} {
		w.tick(at(15*i), "memory", tick.values)
		if got := w.last.Rules()[0].NewlyFiring; got != tick.want {
			t.Errorf("tick %d: %d nodes began to fire, want %d", i, got, tick.want)
		}
	}
}
