package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// evicting returns the rule of a text in which it does nothing but to move pods.
func evicting(t *testing.T, evict string) *Rule {
	t.Helper()
	text := header + "rules:\n- name: hot\n  when: {metric: memory, above: 90%, clear: 80%}\n  actions: {evict: " + evict + "}\n"
	document, mistakes := Parse("f", []byte(text), clusterOptions())
	if len(mistakes) > 0 {
		t.Fatalf("mistakes were found: %v", mistakes)
	}
	return &document.Rules[0]
}

func TestEvictIsCompiled(t *testing.T) {
	for sentence, tc := range map[string]struct {
		text string
		want *Evict
	}{
		"with nothing said the operator's limits count": {"{}", &Evict{Goal: Relieve, After: 5 * time.Minute}},
		"one limit leaves the others to the operator": {
			"{goal: Vacate, mode: DryRun, limits: {perHour: {owner: 1}}}",
			&Evict{Goal: Vacate, After: 5 * time.Minute, DryRun: true, PerHour: PerHour{Owner: 1}},
		},
		"no cool-down is not one that was left out": {
			"{after: 0s, cooldown: 0s, minPodAge: 0s}",
			&Evict{Goal: Relieve, Cooldown: new(time.Duration(0)), MinPodAge: new(time.Duration(0))},
		},
		"homes are of one node at least": {
			"{homes: {when: {metric: memory, below: 70%}}}",
			&Evict{Goal: Relieve, After: 5 * time.Minute, Homes: &Homes{MinNodes: 1, When: Condition{Leaf: &Leaf{Metric: "memory", Op: Below, Threshold: 70, Clear: 70, Written: "70%"}}}},
		},
		"everything is taken": {
			"{after: 10m, limits: {perHour: {node: 1, owner: 2, namespace: 3, total: 4}}, cooldown: 1h, minPodAge: 10m, minReplicas: 3, allow: [jobs, localStorage], homes: {when: {not: {metric: pods, above: 50%}}, minNodes: 2}}",
			&Evict{
				Goal: Relieve, After: 10 * time.Minute, PerHour: PerHour{Node: 1, Owner: 2, Namespace: 3, Total: 4},
				Cooldown: new(time.Hour), MinPodAge: new(10 * time.Minute), MinReplicas: new(int32(3)), Allow: []string{"jobs", "localStorage"},
				Homes: &Homes{MinNodes: 2, When: Condition{Not: &Condition{Leaf: &Leaf{Metric: "pods", Op: Above, Threshold: 50, Clear: 50, Written: "50%"}}}},
			},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			rule := evicting(t, tc.text)
			if diff := cmp.Diff(tc.want, rule.Evict); diff != "" {
				t.Errorf("evict (-want +got):\n%s", diff)
			}
			if rule.Block != nil || rule.Avoid != nil {
				t.Errorf("the rule blocks or avoids")
			}
		})
	}
}

func TestWhatHomesLookAtIsRead(t *testing.T) {
	rule := evicting(t, "{homes: {when: {any: [{metric: pods, below: 70%}, {metric: cpu-available, above: 2}]}}}")
	set := RuleSet{Rules: []Rule{*rule}}
	if diff := cmp.Diff([]string{"cpu-available", "memory", "pods"}, set.UsedMetrics()); diff != "" {
		t.Errorf("used metrics (-want +got):\n%s", diff)
	}
	if got := rule.Terms(); got != 3 {
		t.Errorf("the rule costs %d terms, want 3", got)
	}
}

// TestTreesThatAreCuredInTooManyWays counts the ways in which moving pods ends a
// condition.
func TestTreesThatAreCuredInTooManyWays(t *testing.T) {
	all := "{all: [" + times(3, "{metric: cpu, above: 80%, clear: 70%}") + "]}"
	for sentence, tc := range map[string]struct{ when, want string }{
		"all adds":                      {"{all: [" + times(10, "{metric: cpu, above: 80%, clear: 70%}") + "]}", ""},
		"any of one each has one":       {"{any: [" + times(10, "{metric: cpu, above: 80%, clear: 70%}") + "]}", ""},
		"any of two has nine":           {"{any: [" + times(2, all) + "]}", ""},
		"any multiplies":                {"{any: [" + times(3, all) + "]}", "27"},
		"a not turns them round":        {"{not: {any: [" + times(20, "{metric: cpu, below: 80%, clear: 90%}") + "]}}", "20"},
		"a negated all multiplies none": {"{not: {all: [" + times(20, "{metric: cpu, below: 80%, clear: 90%}") + "]}}", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := header + "rules:\n- name: a\n  when: " + tc.when + "\n  actions: {evict: {}}\n"
			_, mistakes := Parse("f", []byte(text), clusterOptions())
			got := ""
			if len(mistakes) > 0 {
				_, got, _ = strings.Cut(mistakes[0].Message, "there are ")
				got, _, _ = strings.Cut(got, " ways")
			}
			if got != tc.want {
				t.Errorf("counted %q ways, want %q: %v", got, tc.want, fmt.Sprint(mistakes))
			}
		})
	}
}
