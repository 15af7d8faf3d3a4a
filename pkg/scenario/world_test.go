package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// said returns what came otherwise in a file without mistakes.
func said(t *testing.T, text string) []string {
	t.Helper()
	report := Run(t.Context(), "t.yaml", []byte(text), Options{})
	for _, m := range report.Mistakes {
		t.Fatal(m)
	}
	out := []string{}
	for f := range report.failures() {
		out = append(out, f.String())
	}
	return out
}

// TestAMetricIsReadAtTheEvaluatorsPace has readings every 15 s, each of which brings as
// many degrees more.
func TestAMetricIsReadAtTheEvaluatorsPace(t *testing.T) {
	for interval, want := range map[string][]int{ // at 14s, 29s, 44s, 59s and 60s
		"5s":  {0, 15, 30, 45, 60},
		"15s": {0, 15, 30, 45, 60},
		"20s": {0, 15, 30, 45, 60},
		"22s": {0, 15, 30, 45, 60},
		"23s": {0, 0, 30, 30, 60},
		"37s": {0, 0, 30, 30, 60},
		"38s": {0, 0, 0, 45, 45},
	} {
		text := `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
metrics:
- {name: heat, unit: celsius, interval: ` + interval + `, maxAge: 10m, customMetric: {name: heat}}
- {name: warmth, unit: celsius, interval: ` + interval + `, maxAge: 10m, query: warmth}
rules: [{name: hot, when: {any: [{metric: heat, above: 100}, {metric: warmth, above: 100}]}, actions: {block: {}}}]
nodes: [{name: a}]
series:
- {metric: heat, node: a, values: 0+15x10}
- {series: 'warmth{node="a"}', values: 0+15x10}
cases:
`
		for i, at := range []string{"14s", "29s", "44s", "59s", "60s"} {
			text += fmt.Sprintf("- {at: %s, expect: [{metric: heat, value: {a: %d celsius}}, {metric: warmth, value: {a: %[2]d celsius}}]}\n", at, want[i])
		}
		if got := said(t, text); len(got) > 0 {
			t.Errorf("an interval of %s:\n%s", interval, strings.Join(got, "\n"))
		}
	}
}

// TestAPodIsGoneWhenItEnds: from that time on, neither earlier nor later.
func TestAPodIsGoneWhenItEnds(t *testing.T) {
	got := said(t, `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
- {name: many, when: {metric: pods, above: 90%}, actions: {block: {}}}
nodes: [{name: a, allocatable: {cpu: 10, memory: 100Gi, pods: 10}}]
series:
- {metric: memory, node: a, values: 95%x3 40%x2}
pods:
- {name: runs, node: a, ends: 59s}
- {name: waits, arrives: 0s, ends: 1m}
- {name: waits-on, arrives: 0s, ends: 61s}
cases:
- {at: 58s, expect: [{metric: pods, value: {a: 10%}}]}
- {at: 59s, expect: [{metric: pods, value: {a: 0%}}]}
- {at: 1m, expect: [{pod: waits, placed: none}, {pod: waits-on, placed: a}]}
`)
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

// lost is a server of queries that cannot be read.
type lost struct{ telemetry.Source }

func (lost) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return nil, errors.New("no route to host")
}

func TestWhatASourceOfQueriesFailsByIsSaid(t *testing.T) {
	text := strings.Replace(whole, "{rule: hot, phase: {a: firing}}", "{metric: stall, value: {a: 1%}}", 1)
	f, mistakes := parse("t.yaml", []byte(text), Options{})
	if f == nil {
		t.Fatal(mistakes)
	}
	w, err := newWorld(f)
	if err != nil {
		t.Fatal(err)
	}
	w.queries = lost{w.queries}
	got := w.run(t.Context(), Options{})[0].Failures[0]
	if got.Got != unknownValue || !strings.Contains(got.Because, "no route to host") {
		t.Errorf("got %s because %s", got.Got, got.Because)
	}
}
