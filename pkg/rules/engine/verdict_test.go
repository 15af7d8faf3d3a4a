package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestVerdictsSayItWithNumbers(t *testing.T) {
	written := func(metric string, op rules.Op, threshold, clear float64, text string) rules.Condition {
		return rules.Condition{Leaf: &rules.Leaf{Metric: metric, Op: op, Threshold: threshold, Clear: clear, Written: text}}
	}
	memory := written("memory", rules.Above, 90, 85, "90%")
	for name, c := range map[string]struct {
		when    rules.Condition
		history []readings
		want    string
	}{
		"firing": {memory, []readings{{"memory a": {value: 94.256, at: start}}},
			"rule rule is firing on node a since 12:00:00 UTC, which takes no new pods: memory is 94.26% (memory > 90%)"},
		"inactive": {memory, []readings{{"memory a": {value: 50, at: start}}},
			"rule rule is inactive on node a, which takes pods: memory is 50% (memory > 90%)"},
		"in the band": {memory, []readings{{"memory a": {value: 94, at: start}}, {"memory a": {value: 86, at: start}}},
			"rule rule is firing on node a since 12:00:00 UTC, which takes no new pods: memory is 86% (memory > 90%, clear at 85%)"},
		"missing": {memory, []readings{{"memory a": {missing: "the kubelet does not answer"}}},
			"rule rule is inactive on node a, which takes pods: memory is unknown: the kubelet does not answer"},
		"too old": {memory, []readings{{"memory a": {value: 94, at: at(-61)}}},
			"rule rule is inactive on node a, which takes pods: memory is unknown: the newest sample is 1m1s old and may be 1m0s at most"},
		"bytes": {written("memory-available", rules.Below, 4*gib, 4*gib, "4Gi"), []readings{{"memory-available a": {value: 3.5 * gib, at: start}}},
			"rule rule is firing on node a since 12:00:00 UTC, which takes no new pods: memory-available is 3.5 GiB (memory-available < 4Gi)"},
		"a tree": {anyOf(memory, written("health", rules.Equal, 2, 2, "2")), []readings{{"memory a": {value: 50, at: start}, "health a": {value: 2, at: start}}},
			"rule rule is firing on node a since 12:00:00 UTC, which takes no new pods: memory is 50% (memory > 90%); health is 2 (health = 2)"},
	} {
		w := newWorld(setOf(blocking(c.when)), nodes("a"))
		for _, r := range c.history {
			w.read(start, r)
		}
		v, found := w.last.Explain(w.set.Rules[0].Key(), "a")
		if !found || v.Sentence != c.want {
			t.Errorf("%s: found %v\n got %s\nwant %s", name, found, v.Sentence, c.want)
		}
	}
}

func TestARuleThatBlocksUnseenSaysSo(t *testing.T) {
	rule := above90(func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock })
	w := newWorld(setOf(rule), nodes("a", "b", "c"))
	w.tick(start, "memory", map[string]float64{"b": 50, "c": 50})
	v, _ := w.last.Explain(rule.Key(), "a")
	if want := "rule rule is inactive on node a, which takes no new pods while the condition is unknown: memory is unknown: no sample"; v.Sentence != want {
		t.Errorf("it says %q, want %q", v.Sentence, want)
	}
}

func TestVerdictsCarryTheirLeaves(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 95})
	v, _ := w.last.Explain(rules.Key{Name: "rule"}, "a")
	want := Verdict{
		Rule: rules.Key{Name: "rule"}, Node: "a", Judged: true, Phase: Firing, Since: start, Truth: True, Blocks: true,
		Leaves:   []LeafVerdict{{Condition: "memory > 90", Truth: True, Value: 95, At: start, Sentence: "memory is 95% (memory > 90)"}},
		Sentence: v.Sentence,
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("verdict (−want +got):\n%s", diff)
	}
}

func TestVerdictsOfWhatIsNotThere(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.Nodes = labels.Nothing() })), nodes("a"))
	w.tick(start, "memory", nil)
	for _, c := range []struct{ rule, node string }{{"rule", "b"}, {"other", "a"}} {
		if _, found := w.last.Explain(rules.Key{Name: c.rule}, c.node); found {
			t.Errorf("there is a verdict of %s on %s", c.rule, c.node)
		}
	}
	v, _ := w.last.Explain(rules.Key{Name: "rule"}, "a")
	if got, want := v.Sentence, "rule rule does not judge node a"; got != want {
		t.Errorf("the verdict says %q, want %q", got, want)
	}
	if w.last.Node("b") != nil {
		t.Error("the Board knows a node that is not there")
	}
}

func TestTransitionsCarryASentence(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a"))
	got := w.tick(start, "memory", map[string]float64{"a": 95})
	want := []Transition{{Rule: rules.Key{Name: "rule"}, Node: "a", From: Inactive, To: Firing, At: start, Sentence: "memory is 95% (memory > 90)"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("transitions (−want +got):\n%s", diff)
	}
}

func TestValuesAreWrittenInTheirUnit(t *testing.T) {
	for _, c := range []struct {
		value float64
		unit  rules.Unit
		want  string
	}{
		{90.004, rules.UnitPercent, "90%"}, {90.01, rules.UnitPercent, "90.01%"}, {0.00512, rules.UnitPercent, "0.00512%"},
		{0.942, rules.UnitRatio, "94.2%"}, {512, rules.UnitBytes, "512 bytes"}, {-3 * gib, rules.UnitBytes, "-3 GiB"},
		{5000 * gib, rules.UnitBytes, "4.88 TiB"}, {1.25, rules.UnitCores, "1.25 cores"}, {90, rules.UnitSeconds, "90 s"},
		{1e7, rules.UnitNone, "10000000"}, {71.5, "celsius", "71.5 celsius"},
	} {
		if got := FormatValue(c.value, c.unit); got != c.want {
			t.Errorf("%v in %q is written %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}
