package engine

import (
	"math"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestHowFarAValueIsFromTheLine(t *testing.T) {
	for sentence, tc := range map[string]struct {
		op               rules.Op
		value, threshold float64
		want             float64
	}{
		"half way to the line":                         {rules.Above, 45, 90, 0.5},
		"on the line":                                  {rules.Above, 90, 90, 0},
		"beyond it":                                    {rules.AtLeast, 100, 75, -0.25},
		"what is free has a way to go down":            {rules.Below, 20, 4, 0.8},
		"what is free is used up":                      {rules.AtMost, 0, 4, -1},
		"a line of 0 is far for anything that is free": {rules.Below, 3, 0, 1},
		"nothing, and a line of 0":                     {rules.Above, 0, 0, 0},
		"below zero, where the line is above":          {rules.Above, -10, 10, 2},
		"numbers that are too large to be subtracted":  {rules.Above, -math.MaxFloat64, math.MaxFloat64, 2},
		"a value that is looked for":                   {rules.Equal, 3, 4, 0.25},
		"one that is found":                            {rules.Equal, 4, 4, 0},
		"one that must stand":                          {rules.NotEqual, 3, 4, -0.25},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := away(tc.op, tc.value, tc.threshold); got != tc.want {
				t.Errorf("it is %v away, want %v", got, tc.want)
			}
		})
	}
}

func TestTheNearestRuleOfANode(t *testing.T) {
	hot, full, ill := leafOf("cpu", rules.Above, 80), leafOf("memory", rules.Above, 90), leafOf("health", rules.Below, 1)
	for sentence, tc := range map[string]struct {
		list []rules.Rule
		want string
		away float64
	}{
		"of two rules the nearer":                         {[]rules.Rule{named("a", hot), named("b", full)}, "b", 0.5},
		"of any the nearer":                               {[]rules.Rule{named("a", anyOf(hot, full))}, "a", 0.5},
		"of all the farther":                              {[]rules.Rule{named("a", allOf(hot, full))}, "a", 0.75},
		"of not the opposite":                             {[]rules.Rule{named("a", not(hot))}, "a", -0.75},
		"any is as near as what is known of it":           {[]rules.Rule{named("a", anyOf(hot, ill))}, "a", 0.75},
		"all is unknown while one of it is":               {[]rules.Rule{named("a", allOf(full, ill)), named("b", hot)}, "b", 0.75},
		"nothing is near where nothing is known":          {[]rules.Rule{named("a", ill)}, "", 0},
		"a rule that does not judge the node is not near": {[]rules.Rule{named("a", hot), onNodes(named("b", full), "pool=other")}, "a", 0.75},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(setOf(tc.list...), nodes("n"))
			w.read(at(0), readings{"cpu n": {value: 20, at: at(0)}, "memory n": {value: 45, at: at(0)}})
			got, found := w.last.Nearest("n")
			if found != (tc.want != "") || got.Rule.Name != tc.want || got.Away != tc.away {
				t.Errorf("it is %q, %v away (%v); want %q, %v", got.Rule.Name, got.Away, found, tc.want, tc.away)
			}
			if _, found := w.last.Nearest("nobody"); found {
				t.Error("a rule is near on a node that there is not")
			}
		})
	}
}

func named(name string, when rules.Condition) rules.Rule {
	r := blocking(when)
	r.Name = name
	return r
}

func onNodes(r rules.Rule, selector string) rules.Rule {
	parsed, err := labels.Parse(selector)
	if err != nil {
		panic(err)
	}
	r.Nodes = parsed
	return r
}
