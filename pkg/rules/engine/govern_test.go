package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestAHundredRulesKeepTheirBits(t *testing.T) {
	var list []rules.Rule
	for i := range 100 {
		r := blocking(leafOf("memory", rules.Above, float64(i)))
		r.Name = fmt.Sprintf("rule-%03d", i)
		list = append(list, r)
	}
	w := newWorld(setOf(list...), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 64.5})
	for ignored, want := range map[string]string{
		"":    "rule-000",
		"low": "rule-064",
		"all": "",
	} {
		g := w.last.Govern(PodFacts{Ignore: ignoring(ignored)})
		reason, blocked := w.last.View(g).Node("a").Blocked()
		if blocked != (want != "") || blocked && !strings.Contains(w.last.Reason(reason), want+" ") {
			t.Errorf("ignoring %q: blocked %v by %q, want %q", ignored, blocked, w.last.Reason(reason), want)
		}
	}
}

// ignoring returns rules of TestAHundredRulesKeepTheirBits to ignore: the first
// 64, or all that can fire.
func ignoring(which string) IgnoreList {
	last := map[string]int{"low": 63, "all": 64}
	var list IgnoreList
	for i := 0; which != "" && i <= last[which]; i++ {
		list = append(list, fmt.Sprintf("rule-%03d", i))
	}
	return list
}

func TestGovernanceHasOneKeyForOneSet(t *testing.T) {
	set := setOf(above90())
	w := newWorld(set, nodes("a"))
	w.tick(at(0), "memory", nil)
	first := w.last
	w.tick(at(1), "memory", nil)
	if !first.SameRules(w.last) {
		t.Error("one RuleSet gave Boards of different rules")
	}
	if a, b := first.Govern(PodFacts{}).Key(), w.last.Govern(PodFacts{}).Key(); a != b {
		t.Errorf("one set has the keys %q and %q", a, b)
	}
	if a, b := first.Govern(PodFacts{}).Key(), first.Govern(PodFacts{Ignore: ParseIgnore("*")}).Key(); a == b {
		t.Errorf("two sets have the key %q", a)
	}
	w.set = setOf(above90(func(r *rules.Rule) { r.For = time.Second }))
	w.tick(at(2), "memory", nil)
	if first.SameRules(w.last) {
		t.Error("an edited RuleSet counts as the same rules")
	}
}

func TestLongConditionsAreCutInReasons(t *testing.T) {
	var list []rules.Condition
	for range 30 {
		list = append(list, leafOf("memory", rules.Above, 90))
	}
	w := newWorld(setOf(blocking(anyOf(list...))), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 95})
	if got := w.blocked("a"); len([]rune(got)) > 180 || !strings.HasSuffix(got, "…)") {
		t.Errorf("the reason has %d letters: %s", len([]rune(got)), got)
	}
}

// TestReasonsSurviveBeingFormats guards against "90%!)(MISSING)" in Events.
func TestReasonsSurviveBeingFormats(t *testing.T) {
	rule := above90()
	rule.When.Leaf.Written = "90%"
	w := newWorld(setOf(rule), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 95})
	got := w.blocked("a")
	if want := "node(s) broke telemetry rule rule (memory > 90 percent)"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	if formatted := fmt.Sprintf(got, []any{}...); formatted != got {
		t.Errorf("as a format the reason becomes %q", formatted)
	}
}
