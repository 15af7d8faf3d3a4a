package engine

import (
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestANeedIsTooMuchForANodeThatCouldNotGiveItEmpty(t *testing.T) {
	hotMemory, hotCPU := leafOf("memory", rules.Above, 90), leafOf("cpu", rules.Above, 75)
	need := func(cores, memory float64) Amounts { return Amounts{CPU: cores, Memory: memory * gib, Pods: 1} }
	for name, c := range map[string]struct {
		when []rules.Condition
		need Amounts
		want Excess
	}{
		"all that is under the line":                 {[]rules.Condition{hotMemory}, need(1, 90), Excess{}},
		"more than it":                               {[]rules.Condition{hotMemory}, need(1, 91), Excess{Memory: true}},
		"of what no rule is about there is enough":   {[]rules.Condition{hotMemory}, need(99, 1), Excess{}},
		"any: each resource by itself":               {[]rules.Condition{anyOf(hotMemory, hotCPU)}, need(99, 1), Excess{CPU: true}},
		"any: both":                                  {[]rules.Condition{anyOf(hotMemory, hotCPU)}, need(99, 99), Excess{CPU: true, Memory: true}},
		"all: one of two breaks nothing":             {[]rules.Condition{allOf(hotMemory, hotCPU)}, need(1, 99), Excess{}},
		"all: both do":                               {[]rules.Condition{allOf(hotMemory, hotCPU)}, need(99, 99), Excess{CPU: true, Memory: true}},
		"all, with another rule on one of them":      {[]rules.Condition{allOf(leafOf("memory", rules.Above, 50), hotCPU), hotMemory}, need(1, 60), Excess{}},
		"all, and beyond the other rule too":         {[]rules.Condition{allOf(leafOf("memory", rules.Above, 50), hotCPU), hotMemory}, need(1, 91), Excess{Memory: true}},
		"a line of which nothing is known sets none": {[]rules.Condition{leafOf("memory-mean", rules.Above, 10)}, need(99, 99), Excess{}},
	} {
		var list []rules.Rule
		for i, when := range c.when {
			r := blocking(when)
			r.Name = string(rune('a' + i))
			list = append(list, r)
		}
		w := newWorld(setOf(list...), nodes("a"))
		w.read(start, readings{"memory a": {value: 40, at: start}, "cpu a": {value: 50, at: start}})
		if got := w.outlook("a").Excess(c.need); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if all := w.outlook("a").view.Excess(c.need); c.want.And(all) != c.want {
			t.Errorf("%s: the quick look at all nodes says %+v, which is less", name, all)
		}
	}
}
