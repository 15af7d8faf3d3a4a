package draft

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

var options = rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)}

func scalarOfText(text string) *strictyaml.Scalar { return &strictyaml.Scalar{Text: text} }

// rule fires above 90 of a metric.
func rule(name, metric string, actions rules.ActionsSpec) Item[rules.RuleSpec] {
	return Item[rules.RuleSpec]{
		Spec: rules.RuleSpec{Name: name, When: &rules.ConditionSpec{Metric: metric, Above: scalarOfText("90")}, Actions: &actions},
		At:   strictyaml.Position{Line: 7, Column: 3},
	}
}

func metric(name string) Item[rules.MetricSpec] {
	return Item[rules.MetricSpec]{Spec: rules.MetricSpec{Name: name, CustomMetric: &rules.CustomMetricSpec{Name: name}}}
}

var (
	blocks = rules.ActionsSpec{Block: &rules.BlockSpec{}}
	labels = rules.ActionsSpec{Label: &rules.LabelSpec{Key: rules.Group + "/x", Value: "1"}}
)

// relieves is a rule that this version does not carry out: it chooses pods by a podQuery.
func relieves(name, metric string) Item[rules.RuleSpec] {
	out := rule(name, metric, rules.ActionsSpec{Evict: &rules.EvictSpec{}})
	out.Spec.When.Clear = scalarOfText("80")
	return out
}

// queried is a metric with a podQuery.
func queried(name string) Item[rules.MetricSpec] {
	return Item[rules.MetricSpec]{Spec: rules.MetricSpec{Name: name, Query: "a", PodQuery: "b"}}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("long-", 14)
	for name, tc := range map[string]struct{ called, want []string }{
		"what is a name stays":                         {[]string{"memory-90"}, []string{"memory-90"}},
		"what is none is made one":                     {[]string{"Free_RAM.total"}, []string{"free-ram-total"}},
		"one thing has one name":                       {[]string{"a_b", "a_b"}, []string{"a-b", "a-b"}},
		"two things have two":                          {[]string{"a_b", "a-b", "a_b"}, []string{"a-b", "a-b-2a89df63", "a-b"}},
		"a long one is cut, and not to that of others": {[]string{long + "1", long + "2"}, []string{"long-long-long-long-long-long-long-long-long-long-long-7b10fe3a", "long-long-long-long-long-long-long-long-long-long-long-7a10fca7"}},
		"nothing is left but the hash":                 {[]string{"___"}, []string{"045a3b34"}},
	} {
		t.Run(name, func(t *testing.T) {
			var names Names
			var got []string
			for _, called := range tc.called {
				got = append(got, names.For("rule", called))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			for _, name := range got {
				if r := rule(name, rules.MetricPods, blocks); name != "" {
					r.Spec.When.Above.Text = "90%"
					if _, wrong := judge((&Text{}).with(encodeSection("rules", r.Spec)), options); wrong != nil {
						t.Error(wrong)
					}
				}
			}
		})
	}
}

func TestSettle(t *testing.T) {
	for name, tc := range map[string]struct {
		text *Text
		said []string
		// later are the rules and metrics that are comments.
		later []string
	}{
		"what is carried out is in force": {
			text: &Text{Metrics: []Item[rules.MetricSpec]{metric("m")}, Rules: []Item[rules.RuleSpec]{rule("a", "m", blocks)}},
		},
		"what is not is a comment, with the metric that nothing else uses": {
			text: &Text{
				Metrics: []Item[rules.MetricSpec]{queried("m"), queried("n")},
				Rules:   []Item[rules.RuleSpec]{rule("a", "m", blocks), relieves("b", "m"), relieves("c", "n")},
			},
			said: []string{
				`f:7:3: note: choosing pods by the podQuery of m is not in this version, and moving pods cures no other part of the condition; the rule "b" is written as a comment`,
				`f:7:3: note: choosing pods by the podQuery of n is not in this version, and moving pods cures no other part of the condition; the rule "c" is written as a comment`,
			},
			later: []string{"b", "c", "n"},
		},
		"what no version accepts is an error": {
			text: &Text{Rules: []Item[rules.RuleSpec]{rule("a", "none", labels)}},
			said: []string{`f:7:3: error: this cannot be a rule: no metric is called "none"; the known ones are cpu, cpu-available, memory, memory-available, pods`},
		},
		"what is odd and in force can be a rule": {
			text: &Text{
				Metrics: []Item[rules.MetricSpec]{metric("m")},
				Rules: []Item[rules.RuleSpec]{
					rule("a", "m", blocks),
					rule("b", "m", rules.ActionsSpec{Block: &rules.BlockSpec{WhenAllBlocked: "ScheduleAnyway"}, Taint: &rules.TaintSpec{Key: rules.Group + "/x", Effect: "NoSchedule"}}),
				},
			},
		},
		"what does not go together is an error too": {
			text: &Text{
				Metrics: []Item[rules.MetricSpec]{metric("m")},
				Rules: []Item[rules.RuleSpec]{
					rule("a", "m", rules.ActionsSpec{Label: &rules.LabelSpec{Key: rules.Group + "/x", Value: "1"}}),
					{Spec: rules.RuleSpec{Name: "b", When: &rules.ConditionSpec{Metric: "m", Below: scalarOfText("1")}, Actions: &rules.ActionsSpec{Label: &rules.LabelSpec{Key: rules.Group + "/x", Value: "2"}}}, At: strictyaml.Position{Line: 8, Column: 1}},
				},
			},
			said: []string{
				`f:8:1: error: this cannot be a rule: this key is set by rules that compare in different directions: here and by the rule in line 8; give it a key of its own`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.text.File = "f"
			var said, later []string
			for _, r := range tc.text.Settle(options) {
				said = append(said, r.String())
			}
			for _, r := range tc.text.Rules {
				if r.Later != "" {
					later = append(later, r.Spec.Name)
				}
			}
			for _, m := range tc.text.Metrics {
				if m.Later != "" {
					later = append(later, m.Spec.Name)
				}
			}
			if diff := cmp.Diff(tc.said, said); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.later, later); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEncode writes what readers of YAML may take for something else, and long lines.
func TestEncode(t *testing.T) {
	for name, tc := range map[string]struct {
		spec any
		want string
	}{
		"words that are no words are quoted": {
			rules.LabelSpec{Key: "no", Value: "1"},
			"- {key: \"no\", value: \"1\"}\n",
		},
		"values stay as they are written, and empty sets are seen": {
			rules.RuleSpec{Name: "a", When: &rules.ConditionSpec{Metric: "cpu", Above: scalarOfText("90%"), Clear: scalarOfText("-1")}, Actions: &blocks},
			"- name: a\n  when: {metric: cpu, above: 90%, clear: -1}\n  actions: {block: {}}\n",
		},
		"a tree has a line for each branch": {
			rules.RuleSpec{Name: "a", When: &rules.ConditionSpec{All: []rules.ConditionSpec{{Metric: "b", Below: scalarOfText("1")}, {Not: &rules.ConditionSpec{Metric: "c"}}}}},
			"- name: a\n  when:\n    all:\n    - {metric: b, below: 1}\n    - {not: {metric: c}}\n",
		},
		"few fields have one line, and queries one of their own": {
			rules.MetricSpec{Name: "a", Query: "b"},
			"- name: a\n  query: b\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, encode(tc.spec)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
