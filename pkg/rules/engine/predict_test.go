package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestAPodIsJudgedByTheRoomThatIsLeft(t *testing.T) {
	memory := func(share float64) Amounts { return Amounts{CPU: 0.1, Memory: share / 100 * 100 * gib, Pods: 1} }
	cpu := func(cores float64) Amounts { return Amounts{CPU: cores, Memory: gib / 5, Pods: 1} }
	hotMemory, hotCPU := leafOf("memory", rules.Above, 90), leafOf("cpu", rules.Above, 75)
	for name, c := range map[string]struct {
		when   rules.Condition
		values map[string]float64
		need   Amounts
		want   bool
	}{
		"8 % more than 86 % are too much":            {hotMemory, map[string]float64{"memory": 86}, memory(8), true},
		"3 % more than 86 % are not":                 {hotMemory, map[string]float64{"memory": 86}, memory(3), false},
		"what reaches the line does not cross it":    {hotMemory, map[string]float64{"memory": 50}, memory(40), false},
		"with atLeast it does":                       {leafOf("memory", rules.AtLeast, 90), map[string]float64{"memory": 50}, memory(40), true},
		"free memory goes down":                      {leafOf("memory-available", rules.Below, 4*gib), map[string]float64{"memory-available": 10 * gib}, memory(7), true},
		"and may go down to the line":                {leafOf("memory-available", rules.Below, 4*gib), map[string]float64{"memory-available": 10 * gib}, memory(6), false},
		"but not with atMost":                        {leafOf("memory-available", rules.AtMost, 4*gib), map[string]float64{"memory-available": 10 * gib}, memory(6), true},
		"cores count against capacity":               {hotCPU, map[string]float64{"cpu": 50}, cpu(4.1), true},
		"4 of 16 cores are a quarter":                {hotCPU, map[string]float64{"cpu": 50}, cpu(4), false},
		"any: one of two is enough":                  {anyOf(hotMemory, hotCPU), map[string]float64{"memory": 10, "cpu": 50}, cpu(5), true},
		"all: one of two is not":                     {allOf(hotMemory, hotCPU), map[string]float64{"memory": 10, "cpu": 50}, cpu(5), false},
		"all: the other is beyond its line by now":   {allOf(hotMemory, hotCPU), map[string]float64{"memory": 91, "cpu": 50}, cpu(5), true},
		"not: a rule that wants a node to be idle":   {not(leafOf("memory", rules.AtMost, 90)), map[string]float64{"memory": 86}, memory(8), true},
		"a pod cannot cure what it makes worse":      {leafOf("memory", rules.Below, 50), map[string]float64{"memory": 40}, memory(5), false},
		"no pod moves a health value":                {leafOf("health", rules.Above, 5), map[string]float64{"health": 4}, memory(50), false},
		"all: a health value as it is now":           {allOf(hotMemory, leafOf("health", rules.Above, 5)), map[string]float64{"memory": 86, "health": 6}, memory(8), true},
		"all: a health value that forbids nothing":   {allOf(hotMemory, leafOf("health", rules.Above, 5)), map[string]float64{"memory": 86, "health": 4}, memory(8), false},
		"any: True without the pod is not its doing": {anyOf(hotMemory, leafOf("health", rules.Above, 5)), map[string]float64{"memory": 10, "health": 6}, memory(8), false},
		"an unknown value predicts nothing":          {hotMemory, nil, memory(99), false},
		"a range: beyond its end is outside":         {allOf(hotMemory, leafOf("memory", rules.Below, 95)), map[string]float64{"memory": 50}, memory(42), true},
	} {
		w, r := newWorld(setOf(blocking(c.when)), nodes("a")), readings{}
		for metric, value := range c.values {
			r[metric+" a"] = reading{value: value, at: start}
		}
		// A long "for" keeps the rule itself from firing: prediction stands alone.
		w.set.Rules[0].For = 1 << 40
		w.read(start, r)
		if got := w.breaks("a", c.need, Amounts{}); got != c.want {
			t.Errorf("%s: would break is %v, want %v", name, got, c.want)
		}
	}
}

func TestTheLineOfPredictionIsTheThreshold(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.When.Leaf.Clear = 70 })), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 80})
	if w.breaks("a", Amounts{Memory: 5 * gib}, Amounts{}) {
		t.Error("a pod that stays under the threshold is rejected for the clear level")
	}
}

func TestANewNodeIsJudgedByRequests(t *testing.T) {
	list := nodes("new")
	list[0].Created = at(-10)
	for name, c := range map[string]struct {
		when      rules.Condition
		requested float64
		want      bool
	}{
		"85 + 5 percent reach the line":         {leafOf("memory", rules.Above, 90), 85, false},
		"86 + 5 percent cross it":               {leafOf("memory", rules.Above, 90), 86, true},
		"of 100 GiB 91 leave 9":                 {leafOf("memory-available", rules.Below, 10*gib), 86, true},
		"of 100 GiB 90 leave 10":                {leafOf("memory-available", rules.Below, 10*gib), 85, false},
		"what is not a resource stays Unknown":  {leafOf("health", rules.Above, 0), 99, false},
		"a tree with a resource and no samples": {anyOf(leafOf("health", rules.Above, 0), leafOf("memory", rules.Above, 90)), 86, true},
	} {
		w := newWorld(setOf(blocking(c.when)), list)
		w.read(start, nil)
		if got := w.breaks("new", Amounts{Memory: 5 * gib}, Amounts{Memory: c.requested * gib}); got != c.want {
			t.Errorf("%s: would break is %v, want %v", name, got, c.want)
		}
	}
}

func TestOneSampleEndsTheJudgementByRequests(t *testing.T) {
	list := nodes("new")
	list[0].Created = at(-10)
	w := newWorld(setOf(above90()), list)
	w.read(start, nil)
	if !w.outlook("new").CountsRequests() {
		t.Error("a new node without a sample is not judged by requests")
	}
	w.tick(start, "memory", map[string]float64{"new": 10})
	if w.outlook("new").CountsRequests() {
		t.Error("a node with a sample counts requests")
	}
	if w.breaks("new", Amounts{Memory: 5 * gib}, Amounts{Memory: 99 * gib}) {
		t.Error("a node with a sample is judged by requests")
	}
}

func TestKeepLastPredictsFromTheLastSample(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.OnUnknown = rules.UnknownKeepLast })), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 86})
	for seconds, want := range map[int]bool{15 * 60: true, 15*60 + 1: false} {
		w.tick(at(seconds), "memory", nil)
		if got := w.breaks("a", Amounts{Memory: 8 * gib}, Amounts{}); got != want {
			t.Errorf("%d s after the last sample: would break is %v, want %v", seconds, got, want)
		}
	}
}

func TestTheFirstGoverningRuleNamesTheReason(t *testing.T) {
	first, second := above90(), blocking(leafOf("cpu", rules.Above, 75))
	first.Name, second.Name = "first", "second"
	w := newWorld(setOf(first, second), nodes("a"))
	w.read(start, readings{"memory a": {value: 86, at: start}, "cpu a": {value: 50, at: start}})
	need := Amounts{CPU: 8, Memory: 8 * gib}
	reason, _ := w.last.View(w.last.Govern(PodFacts{Ignore: ParseIgnore("first")})).Node("a").WouldBreak(need, Amounts{}, Amounts{})
	if got, want := w.last.Reason(reason), "node(s) would break telemetry rule second (cpu > 75)"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
}

// TestAFirmRuleNamesTheReason asks with two rules on memory and one on cpu: what a pod
// waits for is the firm one, whichever stands first, is stricter, or fires already.
func TestAFirmRuleNamesTheReason(t *testing.T) {
	rule := func(name, metric string, above float64, what rules.WhenAllBlocked) rules.Rule {
		r := blocking(leafOf(metric, rules.Above, above))
		r.Name, r.Block = name, &rules.Block{WhenAllBlocked: what}
		return r
	}
	const firm, lenient = rules.DoNotSchedule, rules.ScheduleAnyway
	for sentence, tc := range map[string]struct {
		rules []rules.Rule
		want  string
	}{
		"both fire": {[]rules.Rule{rule("a", "memory", 70, lenient), rule("b", "memory", 80, firm)}, "broke telemetry rule b"},
		"both would, and the one that gives way first":   {[]rules.Rule{rule("a", "memory", 90, lenient), rule("b", "memory", 92, firm)}, "would break telemetry rule b"},
		"both would, of different resources":             {[]rules.Rule{rule("a", "cpu", 75, lenient), rule("b", "memory", 92, firm)}, "would break telemetry rule b"},
		"one fires, and the firm one would":              {[]rules.Rule{rule("a", "memory", 70, lenient), rule("b", "memory", 92, firm)}, "would break telemetry rule b"},
		"one fires, and the firm one would not":          {[]rules.Rule{rule("a", "memory", 70, lenient), rule("b", "memory", 99, firm)}, "broke telemetry rule a"},
		"one would, and the firm one would not":          {[]rules.Rule{rule("a", "memory", 90, lenient), rule("b", "memory", 99, firm)}, "would break telemetry rule a"},
		"one fires and another would, and both give way": {[]rules.Rule{rule("a", "memory", 90, lenient), rule("b", "memory", 70, lenient)}, "broke telemetry rule b"},
	} {
		w := newWorld(setOf(tc.rules...), nodes("a"))
		w.read(start, readings{"memory a": {value: 86, at: start}, "cpu a": {value: 50, at: start}})
		node, need := w.outlook("a"), Amounts{CPU: 8, Memory: 8 * gib}
		reason, kept := node.KeepsOff(need, Amounts{}, Amounts{})
		if got := w.last.Reason(reason); !kept || !strings.Contains(got, tc.want+" ") {
			t.Errorf("%s: it says %q, want %q", sentence, got, tc.want)
		}
		if n := testing.AllocsPerRun(100, func() { node.KeepsOff(need, Amounts{}, Amounts{}) }); n != 0 {
			t.Errorf("%s: it allocates %v times", sentence, n)
		}
	}
}

func TestWhatIsWantedOfOneBoardIsReadyInTheNext(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a", "b"))
	w.tick(at(0), "memory", map[string]float64{"a": 95, "b": 50})
	if len(w.last.views.list) != 0 {
		t.Error("a View was made that nobody wants")
	}
	w.outlook("a")
	w.last.View(w.last.Govern(PodFacts{Ignore: ParseIgnore("*")}))
	w.tick(at(5), "memory", map[string]float64{"a": 50, "b": 95})
	if got := len(w.last.views.list); got != 2 || w.last.views.list[0].is == nil {
		t.Errorf("%d Views are ready, want 2", got)
	}
	if w.blocked("a") != "" || w.blocked("b") == "" {
		t.Error("a prepared View shows the former Board")
	}
	w.tick(at(10), "memory", nil)
	if got := len(w.last.views.list); got != 1 {
		t.Errorf("%d Views are ready, and one was wanted of the Board before", got)
	}
	w.set = setOf(above90())
	w.tick(at(15), "memory", nil)
	if got := len(w.last.views.list); got != 0 {
		t.Errorf("%d Views are ready after the rules changed", got)
	}
}

func TestManyGovernancesCostBoundedMemory(t *testing.T) {
	var list []rules.Rule
	for i := range 2 * mostKept {
		list = append(list, above90(func(r *rules.Rule) { r.Name = fmt.Sprintf("r%03d", i) }))
	}
	w := newWorld(setOf(list...), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 95})
	for _, r := range list {
		g := w.last.Govern(PodFacts{Ignore: ParseIgnore(r.Name)})
		if _, blocked := w.last.View(g).Node("a").Blocked(); !blocked {
			t.Errorf("without rule %s the node is free", r.Name)
		}
	}
	if got := len(w.last.views.list); got != mostKept {
		t.Errorf("%d Views are kept", got)
	}
}
