package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestRelief looks at a node of 100 GiB, 16 cores and 100 pods.
func TestRelief(t *testing.T) {
	memory := func(line, clear float64) rules.Condition { return clearing(leafOf("memory", rules.Above, line), clear) }
	cpu, health := clearing(leafOf("cpu", rules.Above, 75), 50), leafOf("health", rules.Above, 5)
	free := clearing(leafOf("memory-available", rules.Below, 10*gib), 16*gib)
	// A tree that is written the other way round: its two lines change places.
	turned := not(clearing(leafOf("memory", rules.Below, 80), 90))
	for sentence, tc := range map[string]struct {
		when   rules.Condition
		values map[string]float64
		want   string
	}{
		"a comparison, down to its clear level":      {memory(90, 80), map[string]float64{"memory": 95}, "memory 95 > 90 to 80: 15 GiB"},
		"in its band as well":                        {memory(90, 80), map[string]float64{"memory": 85}, "memory 85 > 90 to 80: 5 GiB"},
		"without a clear level down to the line":     {memory(90, 90), map[string]float64{"memory": 95}, "memory 95 > 90 to 90: 5 GiB"},
		"what is free, up to its clear level":        {free, map[string]float64{"memory-available": 4 * gib}, "memory-available 4Gi > 10Gi to 16Gi: 12 GiB"},
		"a not begins and ends at the other line":    {turned, map[string]float64{"memory": 95}, "memory 95 > 90 to 80: 15 GiB"},
		"any needs each that is True":                {anyOf(memory(90, 80), cpu), map[string]float64{"memory": 95, "cpu": 75.5}, "memory 95 > 90 to 80: 15 GiB and cpu 75.5 > 75 to 50: 4.08 cores"},
		"any needs nothing of what is not":           {anyOf(memory(90, 80), cpu), map[string]float64{"memory": 95, "cpu": 10}, "memory 95 > 90 to 80: 15 GiB"},
		"nor of what is unknown":                     {anyOf(memory(90, 80), health), map[string]float64{"memory": 95}, "memory 95 > 90 to 80: 15 GiB"},
		"all needs one of them":                      {allOf(memory(90, 80), cpu), map[string]float64{"memory": 95, "cpu": 100}, "memory 95 > 90 to 80: 15 GiB or cpu 100 > 75 to 50: 8 cores"},
		"and the cheaper one of a resource":          {allOf(memory(60, 50), memory(90, 80), cpu), map[string]float64{"memory": 95, "cpu": 100}, "memory 95 > 90 to 80: 15 GiB or cpu 100 > 75 to 50: 8 cores"},
		"all is cured through what can be":           {allOf(memory(90, 80), health), map[string]float64{"memory": 95, "health": 6}, "memory 95 > 90 to 80: 15 GiB"},
		"any is not, and what is in the way is said": {anyOf(memory(90, 80), health), map[string]float64{"memory": 95, "health": 6}, "not health"},
		"nothing moves it":                           {health, map[string]float64{"health": 6}, "not health"},
		"more pods would":                            {leafOf("memory", rules.Below, 10), map[string]float64{"memory": 5}, "not memory"},
		"names stand once":                           {allOf(health, leafOf("health", rules.NotEqual, 0)), map[string]float64{"health": 6}, "not health"},
		"a negated all is an any": {not(allOf(clearing(leafOf("memory", rules.AtMost, 80), 90), clearing(leafOf("cpu", rules.AtMost, 50), 75))),
			map[string]float64{"memory": 95, "cpu": 100}, "memory 95 > 90 to 80: 15 GiB and cpu 100 > 75 to 50: 8 cores"},
		"alls in an any multiply": {anyOf(allOf(memory(90, 80), cpu), free),
			map[string]float64{"memory": 95, "cpu": 100, "memory-available": 4 * gib}, "memory 95 > 90 to 80: 15 GiB and memory-available 4Gi > 10Gi to 16Gi: 12 GiB or cpu 100 > 75 to 50: 8 cores and memory-available 4Gi > 10Gi to 16Gi: 12 GiB"},
	} {
		w, r := newWorld(setOf(evictingRule(tc.when)), nodes("a")), readings{}
		for metric, value := range tc.values {
			r[metric+" a"] = reading{value: value, at: start}
			if sentence == "in its band as well" {
				w.read(start.Add(-15*time.Second), readings{"memory a": {value: 95, at: start.Add(-15 * time.Second)}})
			}
		}
		w.read(start, r)
		if diff := cmp.Diff(tc.want, reliefs(w.troubles())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
	}
}

// reliefs writes the ways out of the only trouble.
func reliefs(troubles []Trouble) string {
	if len(troubles) != 1 {
		return fmt.Sprintf("%d troubles", len(troubles))
	}
	var ways []string
	for _, relief := range troubles[0].Relief {
		var parts []string
		for _, p := range relief.Parts {
			parts = append(parts, fmt.Sprintf("%s %s > %s to %s: %s", p.Metric, brief(p.Value), brief(p.Threshold), brief(p.Clear), amount(p)))
		}
		ways = append(ways, strings.Join(parts, " and "))
	}
	for _, name := range troubles[0].Incurable {
		ways = append(ways, "not "+name)
	}
	return strings.Join(ways, " or ")
}

func brief(value float64) string {
	if value >= gib {
		return short(value/gib) + "Gi"
	}
	return short(value)
}

func amount(p Part) string {
	switch p.Resource {
	case rules.ResourceMemory:
		return FormatValue(p.Excess, rules.UnitBytes)
	case rules.ResourceCPU:
		return FormatValue(p.Excess, rules.UnitCores)
	}
	return short(p.Excess) + " pods"
}

// TestWhatIsInFlightHasToLeaveToo has a pod that telemetry does not show yet.
func TestWhatIsInFlightHasToLeaveToo(t *testing.T) {
	w := newWorld(setOf(evictingRule(clearing(leafOf("memory", rules.Above, 90), 80))), nodes("a"))
	w.nodes[0].Flights = []Flight{{Estimate: Amounts{Memory: 3 * gib}}}
	w.tick(start, "memory", map[string]float64{"a": 95})
	if want, got := "memory 95 > 90 to 80: 18 GiB", reliefs(w.troubles()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestANodeWithoutTheResourceIsNotCured has no memory that pods could leave.
func TestANodeWithoutTheResourceIsNotCured(t *testing.T) {
	w := newWorld(setOf(evictingRule(leafOf("memory", rules.Above, 90))), nodes("a"))
	w.nodes[0].Allocatable.Memory = 0
	w.tick(start, "memory", map[string]float64{"a": 95})
	if want, got := "not memory", reliefs(w.troubles()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
