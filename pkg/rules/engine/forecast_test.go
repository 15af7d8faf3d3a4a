package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestForecastsSayItWithNumbers looks at a node of 100 GiB and 16 cores.
func TestForecastsSayItWithNumbers(t *testing.T) {
	hot, free := leafOf("memory", rules.Above, 90), leafOf("memory-available", rules.Below, 10*gib)
	free.Leaf.Written = "10Gi"
	health := leafOf("health", rules.Above, 5)
	for sentence, tc := range map[string]struct {
		when   rules.Condition
		values readings
		c      Candidate
		want   string
	}{
		"a pod that is too large": {hot, readings{"memory a": now(86)}, Candidate{Need: Amounts{Memory: 6 * gib}},
			"memory would be 92% (memory > 90) with 86% measured, 0% in flight and 6% of this pod, for which 4% is left"},
		"with what arrived": {hot, readings{"memory a": now(86)}, Candidate{Need: Amounts{Memory: 2 * gib}, Arrived: Amounts{Memory: 3 * gib}},
			"memory would be 91% (memory > 90) with 86% measured, 3% in flight and 2% of this pod, for which 1% is left"},
		"with next to nothing in flight": {hot, readings{"memory a": now(86)}, Candidate{Need: Amounts{Memory: 6 * gib}, Arrived: Amounts{Memory: 1e-6}},
			"memory would be 92% (memory > 90) with 86% measured, 0% in flight and 6% of this pod, for which 4% is left"},
		"beyond the line without the pod": {hot, readings{"memory a": now(95)}, Candidate{Need: Amounts{Memory: gib}},
			"memory would be 96% (memory > 90) with 95% measured, 0% in flight and 1% of this pod, for which nothing is left"},
		"by a byte": {hot, readings{"memory a": now(50)}, Candidate{Need: Amounts{Memory: 40*gib + 1}},
			"memory would be just above 90% (memory > 90) with 50% measured, 0% in flight and 40% of this pod, for which a little less is left"},
		"on the line, which atLeast excludes": {leafOf("memory", rules.AtLeast, 90), readings{"memory a": now(50)}, Candidate{Need: Amounts{Memory: 40 * gib}},
			"memory would be 90% (memory >= 90) with 50% measured, 0% in flight and 40% of this pod, for which a little less is left"},
		"what is free": {free, readings{"memory-available a": now(14 * gib)}, Candidate{Need: Amounts{Memory: 6 * gib}, Arrived: Amounts{Memory: 2 * gib}},
			"memory-available would be 6 GiB (memory-available < 10Gi) with 14 GiB measured, less 2 GiB in flight and 6 GiB of this pod, for which 2 GiB is left"},
		"a new node": {hot, readings{}, Candidate{Need: Amounts{Memory: 20 * gib}, Requested: Amounts{Memory: 80 * gib}},
			"memory would be 100% (memory > 90) with 80% requested, as nothing is measured yet, and 20% of this pod, for which 10% is left"},
		"what is free on a new node": {free, readings{}, Candidate{Need: Amounts{Memory: 20 * gib}, Requested: Amounts{Memory: 80 * gib}},
			"memory-available would be 0 bytes (memory-available < 10Gi) with 20 GiB not requested, as nothing is measured yet, less 20 GiB of this pod, for which 10 GiB is left"},
		"only what matters of any": {anyOf(hot, health, leafOf("cpu", rules.Above, 75)), readings{"memory a": now(86), "health a": now(1), "cpu a": now(50)}, Candidate{Need: Amounts{CPU: 8}},
			"cpu would be 100% (cpu > 75) with 50% measured, 0% in flight and 50% of this pod, for which 25% is left"},
		"everything of all": {allOf(hot, health), readings{"memory a": now(86), "health a": now(6)}, Candidate{Need: Amounts{Memory: 6 * gib}},
			"memory would be 92% (memory > 90) with 86% measured, 0% in flight and 6% of this pod, for which 4% is left; health is 6 (health > 5)"},
		"a not is turned round": {not(leafOf("memory", rules.AtMost, 90)), readings{"memory a": now(86)}, Candidate{Need: Amounts{Memory: 6 * gib}},
			"memory would be 92% (memory > 90) with 86% measured, 0% in flight and 6% of this pod, for which 4% is left"},
		"a pod that fits":  {hot, readings{"memory a": now(86)}, Candidate{Need: Amounts{Memory: 4 * gib}}, ""},
		"nothing is known": {health, readings{}, Candidate{Need: Amounts{Memory: 4 * gib}}, ""},
	} {
		list := nodes("a")
		list[0].Created = start
		if sentence == "a node without any of it" {
			list[0].Allocatable, list[0].Capacity = Amounts{}, Amounts{}
		}
		rule := blocking(tc.when)
		rule.For = time.Hour
		board, _ := New(Options{NewNodeGrace: time.Minute}, new(State)).Advance(start, setOf(rule), list, tc.values)
		tc.c.Node = "a"
		got, known := board.Forecast(rule.Key(), tc.c)
		if diff := cmp.Diff(tc.want, got.Sentence); diff != "" || !known {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
		if _, kept := board.Glance(board.Govern(PodFacts{})).Node("a").KeepsOff(tc.c.Need, tc.c.Arrived, tc.c.Requested); kept != (tc.want != "") {
			t.Errorf("%s: the pod is kept off: %v", sentence, kept)
		}
	}
}

func TestForecastsHaveTheNumbers(t *testing.T) {
	rule := blocking(anyOf(leafOf("memory-available", rules.Below, 10*gib), leafOf("health", rules.Above, 5)))
	board, _ := New(Options{}, new(State)).Advance(start, setOf(rule), nodes("a"), readings{"memory-available a": now(14 * gib), "health a": now(1)})
	got, _ := board.Forecast(rule.Key(), Candidate{Node: "a", Need: Amounts{Memory: 6 * gib}, Arrived: Amounts{Memory: gib}})
	want := []*LeafForecast{{Base: 14 * gib, InFlight: gib, Pod: 6 * gib, With: 7 * gib, Left: 3 * gib, Beyond: true}, nil}
	if diff := cmp.Diff(want, got.Leaves); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct{ rule, node string }{{"rule", "b"}, {"other", "a"}} {
		if _, known := board.Forecast(rules.Key{Name: c.rule}, Candidate{Node: c.node}); known {
			t.Errorf("there is a forecast of %s on %s", c.rule, c.node)
		}
	}
}
