package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestHomes asks a node of 100 GiB and 16 cores, beside another one, for a pod.
func TestHomes(t *testing.T) {
	hot := clearing(leafOf("memory", rules.Above, 90), 80)
	health := leafOf("health", rules.Above, 5)
	roomy := func(nodes int32) func(*rules.Rule) {
		return func(r *rules.Rule) {
			r.Evict.Homes = &rules.Homes{When: leafOf("memory", rules.Below, 70), MinNodes: nodes}
		}
	}
	elsewhere := func(r *rules.Rule) { r.Nodes = labels.SelectorFromSet(labels.Set{"pool": "other"}) }
	rule := func(when rules.Condition, change ...func(*rules.Rule)) rules.Rule {
		r := evictingRule(when, change...)
		r.Name = "hot"
		return r
	}
	ten := Candidate{Need: Amounts{CPU: 1, Memory: 10 * gib, Pods: 1}}
	for sentence, tc := range map[string]struct {
		rule   rules.Rule
		values readings
		c      Candidate
		want   HomeAnswer
	}{
		"up to the clear level":     {rule(hot), readings{"memory a": now(70)}, ten, HomeAnswer{Home: true}},
		"and not beyond it":         {rule(hot), readings{"memory a": now(71)}, ten, HomeAnswer{Sentence: "rule hot would not be clear: memory would be 81% (memory > 80%) with 71% measured, 0% in flight and 10% of this pod, for which 9% is left"}},
		"what arrived counts":       {rule(hot), readings{"memory a": now(70)}, Candidate{Need: ten.Need, Arrived: Amounts{Memory: 5 * gib}}, HomeAnswer{Sentence: "rule hot would not be clear: memory would be 85% (memory > 80%) with 70% measured, 5% in flight and 10% of this pod, for which 5% is left"}},
		"atLeast ends below":        {rule(clearing(leafOf("memory", rules.AtLeast, 90), 80)), readings{"memory a": now(70)}, ten, HomeAnswer{Sentence: "rule hot would not be clear: memory would be 80% (memory >= 80%) with 70% measured, 0% in flight and 10% of this pod, for which a little less is left"}},
		"without clear, the line":   {rule(leafOf("memory", rules.Above, 90)), readings{"memory a": now(80)}, ten, HomeAnswer{Home: true}},
		"what is free":              {rule(clearing(leafOf("memory-available", rules.Below, 10*gib), 20*gib)), readings{"memory-available a": now(25 * gib)}, ten, HomeAnswer{Sentence: "rule hot would not be clear: memory-available would be 15 GiB (memory-available < 20 GiB) with 25 GiB measured, less 0 bytes in flight and 10 GiB of this pod, for which 5 GiB is left"}},
		"a not":                     {rule(not(clearing(leafOf("memory", rules.AtMost, 80), 90))), readings{"memory a": now(71)}, ten, HomeAnswer{Sentence: "rule hot would not be clear: memory would be 81% (memory > 80) with 71% measured, 0% in flight and 10% of this pod, for which 9% is left"}},
		"unknown is no home":        {rule(hot), readings{"memory a": {missing: "the exporter is gone"}}, ten, HomeAnswer{Unknown: true, Sentence: "rule hot cannot tell: memory is unknown: the exporter is gone"}},
		"KeepLast makes none":       {rule(hot, func(r *rules.Rule) { r.OnUnknown, r.KeepLastFor = rules.UnknownKeepLast, time.Hour }), readings{"memory a": {value: 10, at: start.Add(-2 * time.Minute)}}, ten, HomeAnswer{Unknown: true, Sentence: "rule hot cannot tell: memory is unknown: the newest sample is 2m0s old and may be 1m0s at most"}},
		"all ends with one":         {rule(allOf(hot, health)), readings{"memory a": now(99), "health a": now(1)}, ten, HomeAnswer{Home: true}},
		"even beside an unknown":    {rule(allOf(hot, health)), readings{"memory a": now(10)}, ten, HomeAnswer{Home: true}},
		"any needs all to be known": {rule(anyOf(hot, health)), readings{"memory a": now(10)}, ten, HomeAnswer{Unknown: true, Sentence: "rule hot cannot tell: health is unknown: no sample"}},
		"what pods do not move":     {rule(clearing(health, 3)), readings{"health a": now(4)}, ten, HomeAnswer{Sentence: "rule hot would not be clear: health is 4 (health > 3)"}},
		"a rule of other nodes":     {rule(hot, elsewhere), readings{"memory a": now(99)}, ten, HomeAnswer{Home: true}},
		"where homes are wanted":    {rule(hot, roomy(1)), readings{"memory a": now(60)}, ten, HomeAnswer{Home: true}},
		"and are not":               {rule(hot, roomy(1)), readings{"memory a": now(70), "memory b": now(10)}, Candidate{}, HomeAnswer{Sentence: "no home for rule hot, which wants memory < 70: memory is 70% (memory < 70)"}},
		"of other nodes as well":    {rule(hot, roomy(1), elsewhere), readings{"memory a": now(70)}, Candidate{}, HomeAnswer{Sentence: "no home for rule hot, which wants memory < 70: memory is 70% (memory < 70)"}},
		"or are unknown":            {rule(hot, roomy(1)), readings{"memory b": now(10)}, Candidate{}, HomeAnswer{Unknown: true, Sentence: "no home for rule hot, which wants memory < 70: memory is unknown: no sample"}},
		"or too few":                {rule(hot, roomy(2)), readings{"memory a": now(60), "memory b": now(70)}, Candidate{}, HomeAnswer{Sentence: "rule hot wants 2 nodes with memory < 70, and there are 1"}},
		"or enough":                 {rule(hot, roomy(2)), readings{"memory a": now(60), "memory b": now(69)}, ten, HomeAnswer{Home: true}},
		"a node that nobody knows":  {rule(hot), nil, Candidate{Node: "c"}, HomeAnswer{Unknown: true, Sentence: "nothing is known yet of node c"}},
		"a rule that only blocks":   {blocking(hot), nil, ten, HomeAnswer{Unknown: true, Sentence: "no rule hot that evicts is in force"}},
	} {
		tc.rule.Name = "hot"
		w := newWorld(setOf(tc.rule), nodes("a", "b"))
		w.read(start, tc.values)
		if tc.c.Node == "" {
			tc.c.Node = "a"
		}
		if diff := cmp.Diff(tc.want, w.last.Home(tc.rule.Key(), tc.c)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
	}
}

// TestANodeThatHasNotReportedIsNoHome although the scheduler judges it by its requests.
func TestANodeThatHasNotReportedIsNoHome(t *testing.T) {
	w := newWorld(setOf(evictingRule(leafOf("memory", rules.Above, 90))), nodes("a"))
	w.nodes[0].Created = start.Add(-time.Second)
	w.read(start, nil)
	if got := w.last.Home(w.set.Rules[0].Key(), Candidate{Node: "a"}); got.Home || !got.Unknown {
		t.Errorf("got %+v", got)
	}
}

// TestANodeWithoutTheResourceIsNoHome has no memory for the pod to take.
func TestANodeWithoutTheResourceIsNoHome(t *testing.T) {
	w := newWorld(setOf(evictingRule(leafOf("memory", rules.Above, 90))), nodes("a"))
	w.nodes[0].Allocatable.Memory = 0
	w.tick(start, "memory", map[string]float64{"a": 1})
	want := "rule " + w.set.Rules[0].Name + " cannot tell: the node has nothing of what memory counts (memory > 90)"
	if got := w.last.Home(w.set.Rules[0].Key(), Candidate{Node: "a"}); got.Home || got.Sentence != want {
		t.Errorf("got %+v, want %s", got, want)
	}
}

// TestClearAsksNotWhereTheRuleSendsItsOwnPods is what others are asked whose pods come to
// the node.
func TestClearAsksNotWhereTheRuleSendsItsOwnPods(t *testing.T) {
	r := evictingRule(clearing(leafOf("memory", rules.Above, 90), 80), func(r *rules.Rule) {
		r.Evict.Homes = &rules.Homes{When: leafOf("memory", rules.Below, 50), MinNodes: 2}
	})
	r.Name = "hot"
	for sentence, tc := range map[string]struct {
		value float64
		rule  string
		c     Candidate
		home  bool
		few   string
	}{
		"no home of the rule's own, and clear": {60, "hot", Candidate{Node: "a", Need: Amounts{Memory: 10 * gib}}, true, "rule hot wants 2 nodes with memory < 50, and there are 0"},
		"one of two":                           {40, "hot", Candidate{Node: "a"}, true, "rule hot wants 2 nodes with memory < 50, and there are 1"},
		"not clear":                            {75, "hot", Candidate{Node: "a", Need: Amounts{Memory: 10 * gib}}, false, "rule hot wants 2 nodes with memory < 50, and there are 0"},
		"a node that nobody knows":             {40, "hot", Candidate{Node: "c"}, false, "rule hot wants 2 nodes with memory < 50, and there are 1"},
		"a rule that nobody knows":             {40, "cold", Candidate{Node: "a"}, false, ""},
	} {
		w := newWorld(setOf(r), nodes("a", "b"))
		w.read(start, readings{"memory a": now(tc.value), "memory b": now(90)})
		key := rules.Key{Name: tc.rule}
		if got := w.last.Clear(key, tc.c); got.Home != tc.home {
			t.Errorf("%s: it says %+v", sentence, got)
		}
		if got := w.last.FewHomes(key); got != tc.few {
			t.Errorf("%s: of homes it says %q, want %q", sentence, got, tc.few)
		}
	}
}
