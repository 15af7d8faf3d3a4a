package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

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
