package lint

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// remembering is a source that answers each node's highest and lowest value, and for how
// long it has had values.
type remembering struct {
	nodes map[string][2]float64
	hours float64
	fault string
	err   error
	asked []telemetry.Metric
}

func (r *remembering) Collect(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	r.asked = append(r.asked, want.Metrics...)
	out := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}, Faults: map[string]string{}}
	if r.fault != "" {
		out.Faults[want.Metrics[0].Name] = r.fault
	}
	for name, seen := range r.nodes {
		for metric, value := range map[string]float64{"heat": seen[1], highest: seen[1], lowest: seen[0], looks: r.hours * 12} {
			out.Samples[telemetry.Key{Metric: metric, Node: name}] = telemetry.Sample{Value: value, Time: noon}
		}
	}
	return out, r.err
}

// pools are nodes of two pools.
func pools(source telemetry.Source) world {
	w := worldWith(source)
	for i, pool := range []string{"gpu", "gpu", "general"} {
		w.nodes[i].Labels = map[string]string{"pool": pool}
	}
	return w
}

// advised judges a text, and gives advice by a world.
func advised(t *testing.T, text string, w world) *library {
	t.Helper()
	l := askedAbout(t, text, worldWith(answering{reading: &telemetry.Reading{Samples: samples(map[string]time.Duration{"a": 0, "b": 0, "c": 0})}}))
	l.adviseLive(t.Context(), w)
	return l
}

func when(condition string) string {
	return strings.Replace(heat, "{metric: heat, above: 80}", condition, 1)
}

func TestLinesAreComparedWithThePast(t *testing.T) {
	day := map[string][2]float64{"a": {20, 61}, "b": {30, 75}, "c": {40, 90}}
	never := func(at, covered, nearest string) []string {
		return []string{at + ": no node crossed this line in the last 1d, of which the source remembers " + covered + ", in looks 5m apart; the nearest was " + nearest}
	}
	for sentence, tc := range map[string]struct {
		text   string
		source remembering
		want   []string
	}{
		"one node crossed it":                         {heat, remembering{nodes: day, hours: 24}, nil},
		"none did, and the nearest is named":          {when("{metric: heat, above: 90}"), remembering{nodes: day, hours: 24}, never("7:9", "1d", "90 celsius on c")},
		"it was reached":                              {when("{metric: heat, atLeast: 90}"), remembering{nodes: day, hours: 24}, nil},
		"none was below":                              {when("{metric: heat, below: 20}"), remembering{nodes: day, hours: 5}, never("7:9", "5h", "20 celsius on a")},
		"one was":                                     {when("{metric: heat, atMost: 20}"), remembering{nodes: day, hours: 5}, nil},
		"each line of a tree is judged":               {when("{any: [{metric: heat, above: 80}, {not: {metric: heat, above: 95}}]}"), remembering{nodes: day, hours: 24}, never("7:49", "1d", "90 celsius on c")},
		"what another pool did is nothing to it":      {when("{metric: heat, above: 80}\n  nodes: {matchLabels: {pool: gpu}}"), remembering{nodes: day, hours: 24}, never("7:9", "1d", "75 celsius on b")},
		"half an hour says nothing of a day":          {when("{metric: heat, above: 90}"), remembering{nodes: day, hours: 0.5}, nil},
		"a source that remembers no node says naught": {when("{metric: heat, above: 90}"), remembering{}, nil},
		"extremes tell nothing of equality":           {when("{metric: heat, equal: 7}"), remembering{nodes: day, hours: 24}, nil},
		"a selector without nodes":                    {when("{metric: heat, above: 80}\n  nodes: {matchLabels: {pool: gpus}}"), remembering{nodes: day, hours: 24}, []string{"8:10: this selects none of the nodes that there are now (3), so the rule does nothing"}},
		"a preference without nodes": {
			heat + "preferences:\n- {name: cool, metric: heat, prefer: Low, nodes: {matchLabels: {pool: gpus}}}\n", remembering{nodes: day, hours: 24},
			[]string{"10:50: this selects none of the nodes that there are now (3), so the preference does nothing"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			l := advised(t, tc.text, pools(&tc.source))
			var got []string
			for _, f := range l.found {
				got = append(got, fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || len(l.uncompared) > 0 {
				t.Errorf("not compared: %v; findings (-want +got):\n%s", l.uncompared, diff)
			}
		})
	}
}

func TestWhatIsNotComparedIsSaid(t *testing.T) {
	for sentence, tc := range map[string]struct {
		text   string
		source remembering
		want   Uncompared
	}{
		"a built-in metric":             {when("{metric: memory, above: 90%}"), remembering{}, Uncompared{"memory", "what feeds the built-in metrics remembers nothing"}},
		"a server that refuses":         {heat, remembering{fault: "too many samples"}, Uncompared{"heat", "the source infra cannot tell: too many samples"}},
		"a server that does not answer": {heat, remembering{err: errors.New("no route")}, Uncompared{"heat", "the source infra cannot be read: no route"}},
		"a series that may be absent":   {strings.Replace(heat, "query: node_heat_celsius", `query: node_heat_celsius, zeroWhile: "up == 1"`, 1), remembering{}, Uncompared{"heat", "zeroWhile speaks of now alone"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			l := advised(t, tc.text, pools(&tc.source))
			if diff := cmp.Diff([]Uncompared{tc.want}, l.uncompared); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePastIsAskedOfTheQuery(t *testing.T) {
	source := &remembering{}
	advised(t, strings.Replace(heat, "query: node_heat_celsius", `query: "sum by (node) (node_heat_celsius) # of all sensors"`, 1), pools(source))
	var got []string
	for _, m := range source.asked {
		got = append(got, m.Query)
	}
	const query = "_over_time((sum by (node) (node_heat_celsius) # of all sensors\n)[1d:5m])"
	if diff := cmp.Diff([]string{"max" + query, "min" + query, "count" + query}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// pastOfTwo is a test of rules on the very queries that sources are asked for the past.
const pastOfTwo = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
interval: 1m
metrics:
- {name: high, query: %q, ageQuery: %[4]q}
- {name: low, query: %[2]q, ageQuery: %[4]q}
- {name: count, query: %[3]q, ageQuery: %[4]q, combine: max}
rules:
- {name: above-75, when: {metric: high, above: 75}, actions: {block: {}}}
- {name: below-20, when: {metric: low, below: 20}, actions: {block: {}}}
- {name: for-two-hours, when: {metric: count, atLeast: 24}, actions: {block: {}}}
- {name: for-three, when: {metric: count, atLeast: 36}, actions: {block: {}}}
nodes: [{name: a}, {name: b}]
series:
- {series: 'heat{node="a"}', values: 10 80x20 30x110}
- {series: 'heat{node="b"}', values: 30x130}
cases:
- name: what was two hours ago is remembered
  at: 2h
  expect:
  - {rule: above-75, phase: {a: firing, b: inactive}}
  - {rule: below-20, phase: {a: firing, b: inactive}}
  - {rule: for-two-hours, phase: {a: firing, b: firing}}
  - {rule: for-three, phase: {a: inactive, b: inactive}}
`

func TestPrometheusTellsThePast(t *testing.T) {
	m := rules.Metric{Values: rules.Values{Query: "heat # of all"}}
	high, low, count := over(m, highest, "max_over_time"), over(m, lowest, "min_over_time"), over(m, looks, "count_over_time")
	text := fmt.Sprintf(pastOfTwo, high.Query, low.Query, count.Query, high.AgeQuery)
	if r := scenario.Run(t.Context(), "past.yaml", []byte(text), scenario.Options{}); r.Broken() || r.Failed() > 0 || len(r.Cases) != 1 {
		t.Errorf("%+v", r)
	}
}
