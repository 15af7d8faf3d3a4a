package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wrongly expects what does not come; rightly is what Rewrite makes of it.
const wrongly = `# A comment at the top.
apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules: # those that are tested
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
preferences:
- {name: free, metric: memory, prefer: Low}
nodes: [{name: a}, {name: b}, {name: c}]
series:
- {metric: memory, node: a, values: 95%}
- {metric: memory, node: b, values: 40%}
- {metric: memory, node: c, values: 50%}
pods: [{name: web}, {name: noise, labels: {x: "é"}}]
cases:
- name: é before the column
  at: 0s
  expect:
  - {rule: hot, phase: {a: inactive, b: 'firing'}, says: {a: "nothing"}} # after
  - pod: web
    blocked: [b, c] # in brackets
    best: a   # words
    scores: {a: 1,
      b: 2, c: 3}
    why: {a: ""}
  - pod: web
    blocked:
    # A comment in the list.
    - b # goes
    - c
- {at: 15s, expect: [{metric: memory, value: {a: 1%}}]}
`

const rightly = `# A comment at the top.
apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules: # those that are tested
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
preferences:
- {name: free, metric: memory, prefer: Low}
nodes: [{name: a}, {name: b}, {name: c}]
series:
- {metric: memory, node: a, values: 95%}
- {metric: memory, node: b, values: 40%}
- {metric: memory, node: c, values: 50%}
pods: [{name: web}, {name: noise, labels: {x: "é"}}]
cases:
- name: é before the column
  at: 0s
  expect:
  - {rule: hot, phase: {a: firing, b: inactive}, says: {a: memory is 95% (memory > 90%)}} # after
  - pod: web
    blocked: [a] # in brackets
    best: b   # words
    scores: {a: 6,
      b: 60, c: 51}
    why: {a: node(s) broke telemetry rule hot (memory > 90 percent)}
  - pod: web
    blocked:
    # A comment in the list.
    - a
- {at: 15s, expect: [{metric: memory, value: {a: 95%}}]}
`

func TestRewritePutsWhatCameInPlaceOfWhatWasExpected(t *testing.T) {
	report := Run(t.Context(), "t.yaml", []byte(wrongly), Options{})
	for _, m := range report.Mistakes {
		t.Fatal(m)
	}
	got, problems := report.Rewrite([]byte(wrongly))
	if len(problems) > 0 {
		t.Error(problems)
	}
	if diff := cmp.Diff(rightly, string(got)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if again := Run(t.Context(), "t.yaml", got, Options{}); again.Broken() || again.Failed() > 0 {
		t.Errorf("the rewritten file is not as expected: %v, %+v", again.Mistakes, again.Cases)
	}
}

func TestWhatCannotBeRewrittenIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a value of several lines": {`says: {a: "nothing"}} # after`, "says: {}}\n  - rule: hot\n    says:\n      a: |\n        nothing", "a value of several lines is not rewritten"},
		"a list that gets empty":   {"values: 95%", "values: 5%", "write it in brackets, as []"},
		"a node that is not there": {"{name: a}, ", "{name: a, joins: 10m}, ", "the node is not there yet"},
	} {
		text := strings.Replace(wrongly, c.old, c.new, 1)
		report := Run(t.Context(), "t.yaml", []byte(text), Options{})
		for _, m := range report.Mistakes {
			t.Fatalf("%s: %v", name, m)
		}
		_, problems := report.Rewrite([]byte(text))
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.Error(), c.want)
		}
		if !found {
			t.Errorf("%s: the problems are %v, want %q", name, problems, c.want)
		}
	}
}
