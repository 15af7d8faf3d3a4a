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
	wantRewritten(t, report, rightly)
}

// wantRewritten rewrites a file, all of which can be.
func wantRewritten(t *testing.T, report *Report, want string) {
	t.Helper()
	got, err := report.Rewrite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Problems) > 0 || got.Cases != report.Failed() {
		t.Errorf("%d of %d cases are rewritten; problems: %v", got.Cases, report.Failed(), got.Problems)
	}
	if diff := cmp.Diff(want, string(got.Text)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if again := Run(t.Context(), "t.yaml", got.Text, Options{}); again.Broken() || again.Failed() > 0 {
		t.Errorf("the rewritten file is not as expected: %v, %+v", again.Mistakes, again.Cases)
	}
}

// wrongBurst expects what does not come of pods that arrive; rightBurst is what Rewrite
// makes of it.
const wrongBurst = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
nodes: [{name: a}, {name: b}]
series:
- {metric: memory, node: a, values: 80%}
- {metric: memory, node: b, values: 80%}
pods:
- {name: web, count: 5, arrives: 10s, requests: {memory: 5Gi}}
- {name: db, arrives: 10s, requests: {memory: 5Gi}}
cases:
- at: 10s
  expect:
  - {pod: web, placed: {a: 5}} # in braces
  - pod: web
    needs: {cpu: 2, memory: 5120Mi}
    placed:
      # A comment in the set.
      none: 1 # stays
      a: 3 # goes
      # A comment after it.
  - {pod: db, placed: a, needs: {memory: 2Gi}}
`

const rightBurst = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
nodes: [{name: a}, {name: b}]
series:
- {metric: memory, node: a, values: 80%}
- {metric: memory, node: b, values: 80%}
pods:
- {name: web, count: 5, arrives: 10s, requests: {memory: 5Gi}}
- {name: db, arrives: 10s, requests: {memory: 5Gi}}
cases:
- at: 10s
  expect:
  - {pod: web, placed: {a: 2, b: 2, none: 1}} # in braces
  - pod: web
    needs: {cpu: 100m, memory: 5120Mi}
    placed:
      # A comment in the set.
      none: 1 # stays
      a: 2
      b: 2
      # A comment after it.
  - {pod: db, placed: none, needs: {memory: 5Gi}}
`

func TestRewriteOfPlaces(t *testing.T) {
	report := Run(t.Context(), "t.yaml", []byte(wrongBurst), Options{})
	wantRewritten(t, report, rightBurst)
}

const leave = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%, clear: 85%}, actions: {evict: {after: 1m}}}
nodes: [{name: a}, {name: b}]
series:
- {metric: memory, node: a, values: 95%x10}
- {metric: memory, node: b, values: 40%x10}
pods:
- {name: web, count: 2, node: a, controller: Deployment/web, uses: {memory: 12Gi}}
- {name: db, node: a, uses: {memory: 20Gi}}
cases:
- at: 2m
  expect:
`

// wrongLeave expects what does not come of evictions; rightLeave is what Rewrite makes of
// it.
const wrongLeave = `  - {node: a, victims: [], home: {web-0: a, web-1: b}, reason: InTheBand, spared: {web-0: Bare, db: none}} # wrong
  - node: a
    victims:
    # A comment in the list.
    - web-1 # goes
  - {node: b, victims: [web-0], reason: Evicted}
`

const rightLeave = `  - {node: a, victims: [web-0], home: {web-0: b, web-1: none}, reason: Evicted, spared: {web-0: none, db: Bare}} # wrong
  - node: a
    victims:
    # A comment in the list.
    - web-0
  - {node: b, victims: [], reason: not firing}
`

func TestRewriteOfWhatLeaves(t *testing.T) {
	report := Run(t.Context(), "t.yaml", []byte(leave+wrongLeave), Options{})
	for _, m := range report.Mistakes {
		t.Fatal(m)
	}
	wantRewritten(t, report, leave+rightLeave)
}

func TestOfAPodThatHasNotArrivedNothingIsRewritten(t *testing.T) {
	text := strings.Replace(wrongBurst, "at: 10s", "at: 9s", 1)
	got, err := Run(t.Context(), "t.yaml", []byte(text), Options{}).Rewrite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Problems; len(p) != 3 || !strings.HasSuffix(p[0].Error(), "it has not arrived yet, and nothing can be expected of it") {
		t.Errorf("the problems are %v", p)
	}
}

func TestWhatCannotBeRewrittenIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a value of several lines": {`says: {a: "nothing"}} # after`, "truth: {a: True}}\n  - rule: hot\n    says:\n      a: |\n        nothing", "a value of several lines is not rewritten"},
		"a comment in brackets":    {"blocked: [b, c] # in brackets", "blocked: [b, # of a list\n      c]", "a comment stands inside of these brackets"},
		"a list that gets empty":   {"values: 95%", "values: 5%", "write it in brackets, as []"},
		"a node that is not there": {"{name: a}, ", "{name: a, joins: 10m}, ", "the node is not there yet"},
	} {
		text := strings.Replace(wrongly, c.old, c.new, 1)
		report := Run(t.Context(), "t.yaml", []byte(text), Options{})
		for _, m := range report.Mistakes {
			t.Fatalf("%s: %v", name, m)
		}
		got, err := report.Rewrite(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := false
		for _, p := range got.Problems {
			found = found || strings.Contains(p.Error(), c.want)
		}
		if !found {
			t.Errorf("%s: the problems are %v, want %q", name, got.Problems, c.want)
		}
	}
}
