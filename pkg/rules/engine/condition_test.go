package engine

import (
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestConditionsOnOneLook(t *testing.T) {
	memory := func(op rules.Op, threshold float64) rules.Condition { return leafOf("memory", op, threshold) }
	for name, c := range map[string]struct {
		when   rules.Condition
		values map[string]float64 // by metric
		want   Truth
	}{
		"10 is above 9":                      {memory(rules.Above, 9), map[string]float64{"memory": 10}, True},
		"10 is not above 11":                 {memory(rules.Above, 11), map[string]float64{"memory": 10}, False},
		"10 is not above 10":                 {memory(rules.Above, 10), map[string]float64{"memory": 10}, False},
		"10 is not below 10":                 {memory(rules.Below, 10), map[string]float64{"memory": 10}, False},
		"10 is at least 10":                  {memory(rules.AtLeast, 10), map[string]float64{"memory": 10}, True},
		"10 is at most 10":                   {memory(rules.AtMost, 10), map[string]float64{"memory": 10}, True},
		"10 equals 10":                       {memory(rules.Equal, 10), map[string]float64{"memory": 10}, True},
		"10 is not unequal to 10":            {memory(rules.NotEqual, 10), map[string]float64{"memory": 10}, False},
		"−1 equals −1":                       {leafOf("health", rules.Equal, -1), map[string]float64{"health": -1}, True},
		"0.85 is no 85 %":                    {memory(rules.Above, 80), map[string]float64{"memory": 0.85}, False},
		"80 is not above 80":                 {memory(rules.Above, 80), map[string]float64{"memory": 80}, False},
		"80.01 is: nothing is rounded":       {memory(rules.Above, 80), map[string]float64{"memory": 80.01}, True},
		"one of any is enough":               {anyOf(memory(rules.Above, 9), leafOf("cpu", rules.Above, 900)), map[string]float64{"memory": 10, "cpu": 200}, True},
		"one of all is not":                  {allOf(memory(rules.Above, 9), leafOf("cpu", rules.Above, 900)), map[string]float64{"memory": 10, "cpu": 200}, False},
		"a range takes what is inside":       {allOf(memory(rules.Above, 4), memory(rules.Below, 8)), map[string]float64{"memory": 5}, True},
		"and not what is beneath":            {allOf(memory(rules.Above, 4), memory(rules.Below, 8)), map[string]float64{"memory": 1}, False},
		"and not what is beyond":             {allOf(memory(rules.Above, 4), memory(rules.Below, 8)), map[string]float64{"memory": 9}, False},
		"any with a True and a missing one":  {anyOf(memory(rules.Above, 9), leafOf("other", rules.Above, 0)), map[string]float64{"memory": 10}, True},
		"all with a True and a missing one":  {allOf(memory(rules.Above, 9), leafOf("other", rules.Above, 0)), map[string]float64{"memory": 10}, Unknown},
		"any with a False and a missing one": {anyOf(memory(rules.Above, 11), leafOf("other", rules.Above, 0)), map[string]float64{"memory": 10}, Unknown},
		"all with a False and a missing one": {allOf(memory(rules.Above, 11), leafOf("other", rules.Above, 0)), map[string]float64{"memory": 10}, False},
		"not turns True round":               {not(memory(rules.Above, 9)), map[string]float64{"memory": 10}, False},
		"not leaves Unknown":                 {not(leafOf("other", rules.Above, 9)), map[string]float64{"memory": 10}, Unknown},
	} {
		w, r := newWorld(setOf(blocking(c.when)), nodes("a")), readings{}
		for metric, value := range c.values {
			r[metric+" a"] = reading{value: value, at: start}
		}
		w.read(start, r)
		v, _ := w.last.Explain(w.set.Rules[0].Key(), "a")
		if v.Truth != c.want {
			t.Errorf("%s: %v, want %v (%s)", name, v.Truth, c.want, v.Sentence)
		}
	}
}

func TestTwoRulesOnOneMetricLeaveOneNode(t *testing.T) {
	one, two := blocking(leafOf("health", rules.Equal, 1)), blocking(leafOf("health", rules.Equal, 2))
	one.Name, two.Name = "one", "two"
	w := newWorld(setOf(one, two), nodes("a", "b", "c"))
	w.tick(start, "health", map[string]float64{"a": 0, "b": 1, "c": 2})
	for node, want := range map[string]string{
		"a": "",
		"b": "node(s) broke telemetry rule one (health = 1)",
		"c": "node(s) broke telemetry rule two (health = 2)",
	} {
		if got := w.blocked(node); got != want {
			t.Errorf("%s is blocked by %q, want %q", node, got, want)
		}
	}
}

func TestTheBandBetweenThresholdAndClearKeepsWhatWas(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.When.Leaf.Clear = 85 })), nodes("a"))
	for i, step := range []struct {
		value float64
		want  Phase
	}{{87, Inactive}, {91, Firing}, {87, Firing}, {85, Inactive}, {87, Inactive}, {90, Inactive}, {90.01, Firing}, {85.01, Firing}} {
		w.tick(at(i), "memory", map[string]float64{"a": step.value})
		if got := w.phase(t, "a"); got != step.want {
			t.Errorf("step %d at %v%%: %v, want %v", i, step.value, got, step.want)
		}
	}
}

func TestAnObservationIsAsOldAsWhatItRestsOn(t *testing.T) {
	leaves := []observation{{True, 10}, {True, 20}, {False, 30}, {False, 40}, {}}
	leaf := func(i int) expr { return expr{op: isLeaf, leaf: i} }
	tree := func(op expression, of ...int) expr {
		e := expr{op: op}
		for _, i := range of {
			e.of = append(e.of, leaf(i))
		}
		return e
	}
	for name, c := range map[string]struct {
		tree expr
		want observation
	}{
		"all, True: the oldest is needed":     {tree(isAll, 0, 1), observation{True, 10}},
		"any, True: the newest suffices":      {tree(isAny, 0, 1, 2), observation{True, 20}},
		"all, False: the newest suffices":     {tree(isAll, 1, 2, 3), observation{False, 40}},
		"any, False: the oldest is needed":    {tree(isAny, 2, 3), observation{False, 30}},
		"a decision stands beside an Unknown": {tree(isAny, 4, 0), observation{True, 10}},
		"without a decision Unknown remains":  {tree(isAll, 4, 0), observation{}},
		"not keeps the time":                  {tree(isNot, 0), observation{False, 10}},
	} {
		if got := c.tree.value(leaves); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
