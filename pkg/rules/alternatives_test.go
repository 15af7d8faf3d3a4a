package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	three = "{any: [{metric: cpu, above: 80%}, {metric: memory, above: 80%}, {metric: pods, above: 80%}]}"
	eight = "{all: [{any: [{metric: cpu, above: 80%}, {metric: memory, above: 80%}]}, {any: [{metric: cpu, above: 70%}, {metric: pods, above: 80%}]}, {any: [{metric: memory, above: 60%}, {metric: pods, above: 70%}]}]}"
	cold  = "{any: [{metric: cpu, below: 80%}, {metric: memory, below: 80%}, {metric: heat, above: 80}]}"
)

func times(n int, text string) string { return strings.Repeat(text+", ", n-1) + text }

// TestTreesWithTooManyAlternatives counts in how many ways a pod can make a tree true.
func TestTreesWithTooManyAlternatives(t *testing.T) {
	for sentence, tc := range map[string]struct{ when, want string }{
		"one comparison has one":             {"{metric: cpu, above: 80%}", ""},
		"any adds, and sixteen are followed": {"{any: [" + times(2, eight) + "]}", ""},
		"any adds, and seventeen are not":    {"{any: [{metric: cpu, above: 1%}, " + times(2, eight) + "]}", "17"},
		"all multiplies":                     {"{all: [" + times(3, three) + "]}", "27"},
		"all of two has nine":                {"{all: [" + times(2, three) + "]}", ""},
		"a not turns them round":             {"{not: {all: [{not: {all: [" + times(3, three) + "]}}]}}", "27"},
		"a negated any multiplies":           {"{not: {any: [" + times(3, "{all: [{metric: cpu-available, above: 1}, {metric: memory, below: 80%}, {metric: pods, below: 80%}]}") + "]}}", "27"},
		"what no pod moves does not count":   {"{all: [" + times(2, three) + ", " + times(8, cold) + "]}", ""},
		"the count of a huge one ends":       {"{all: [" + times(16, three) + "]}", "over 999"},
	} {
		t.Run(sentence, func(t *testing.T) {
			for _, namespace := range []string{"", "team-a"} {
				opts := Options{Namespace: namespace, Metrics: Builtins(15*time.Second, time.Minute)}
				opts.Metrics["heat"] = Metric{Name: "heat"}
				text := header + "rules:\n- name: a\n  when: " + tc.when + "\n  actions: {block: {}}\n"
				want := ""
				if tc.want != "" {
					want = "a.yaml:5:9: there are " + tc.want + ` ways in which a pod can make this true, and at most 16 are followed; split the rule, or have fewer branches of "any" inside of "all"`
				}
				if diff := cmp.Diff(want, firstMistake(text, opts)); diff != "" {
					t.Errorf("mistake (-want +got):\n%s", diff)
				}
				if got := firstMistake(strings.Replace(text, "block", "avoid", 1), opts); got != "" {
					t.Errorf("a rule that does not look ahead is refused: %s", got)
				}
			}
		})
	}
}

func firstMistake(text string, opts Options) string {
	_, mistakes := Parse("a.yaml", []byte(text), opts)
	if len(mistakes) == 0 {
		return ""
	}
	return mistakes[0].String()
}

func TestSelectorsAreBounded(t *testing.T) {
	list := func(n int) string {
		var values []string
		for i := range n {
			values = append(values, fmt.Sprintf("v%d", i))
		}
		return strings.Join(values, ",")
	}
	for sentence, tc := range map[string]struct{ selector, want string }{
		"as many values as are allowed": {"{matchExpressions: [{key: a, operator: NotIn, values: [" + list(250) + "]}]}", ""},
		"one too many":                  {"{matchLabels: {b: c}, matchExpressions: [{key: a, operator: NotIn, values: [" + list(250) + "]}]}", "251"},
		"requirements without values count": {
			"{matchExpressions: [{key: b, operator: Exists}, {key: a, operator: NotIn, values: [" + list(250) + "]}]}", "251"},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := header + "rules:\n- name: a\n  when: {metric: cpu, above: 1%}\n  nodes: " + tc.selector + "\n  actions: {block: {}}\n"
			got := firstMistake(text, Options{Metrics: Builtins(15*time.Second, time.Minute)})
			want := ""
			if tc.want != "" {
				want = `a.yaml:6:10: "nodes" compares with ` + tc.want + " values, and at most 250 are allowed; give what it should select a label of its own"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("mistake (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTerms(t *testing.T) {
	d := mustParse(t, header+`rules:
- {name: plain, when: {metric: cpu, above: 80%}, actions: {block: {}}}
- name: rich
  when: {any: [{metric: cpu, above: 80%}, {not: {metric: memory, below: 80%}}]}
  nodes: {matchLabels: {a: b}, matchExpressions: [{key: c, operator: In, values: [d, e]}]}
  pods: {matchExpressions: [{key: c, operator: Exists}]}
  namespaces: {matchLabels: {a: b}}
  actions: {block: {}}
preferences:
- {name: plain, metric: cpu, prefer: Low}
- {name: rich, metric: cpu, prefer: Low, nodes: {matchLabels: {a: b}}, pods: {matchLabels: {a: b}}}
`)
	got := []int{d.Rules[0].Terms(), d.Rules[1].Terms(), d.Preferences[0].Terms(), d.Preferences[1].Terms()}
	if diff := cmp.Diff([]int{1, 7, 1, 3}, got); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}
