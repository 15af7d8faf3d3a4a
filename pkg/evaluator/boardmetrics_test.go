package evaluator

import (
	"strings"
	"testing"
	"time"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// rule is what a rule that sees one of four nodes, of which one is young shows.
const rule = `
# HELP telemetry_scheduler_board_timestamp_seconds [ALPHA] Unix time of the newest evaluation.
# TYPE telemetry_scheduler_board_timestamp_seconds gauge
telemetry_scheduler_board_timestamp_seconds 1000.5
# HELP telemetry_scheduler_nodes [ALPHA] Nodes by state: closed where a rule of the cluster keeps every pod off, whatever its labels, namespace and priority; open else.
# TYPE telemetry_scheduler_nodes gauge
telemetry_scheduler_nodes{state="closed"} 1
telemetry_scheduler_nodes{state="open"} 3
# HELP telemetry_scheduler_rule_blocked_nodes [ALPHA] Nodes that a rule keeps pods off now, by rule. Dry runs, paused rules and silenced ones keep nobody off. The rules of one namespace count together, as namespace/*.
# TYPE telemetry_scheduler_rule_blocked_nodes gauge
telemetry_scheduler_rule_blocked_nodes{rule="hot"} 1
# HELP telemetry_scheduler_rule_nodes [ALPHA] Nodes that a rule judges, by rule and state: inactive, pending, firing, keeping. The rules of one namespace count together, as namespace/*.
# TYPE telemetry_scheduler_rule_nodes gauge
telemetry_scheduler_rule_nodes{rule="hot",state="firing"} 1
telemetry_scheduler_rule_nodes{rule="hot",state="inactive"} 3
telemetry_scheduler_rule_nodes{rule="hot",state="keeping"} 0
telemetry_scheduler_rule_nodes{rule="hot",state="pending"} 0
# HELP telemetry_scheduler_rule_source_fault [ALPHA] 1 while over half of a rule's nodes are unknown, so that it does not act on unknown nodes.
# TYPE telemetry_scheduler_rule_source_fault gauge
telemetry_scheduler_rule_source_fault{rule="hot"} 1
# HELP telemetry_scheduler_rule_unknown_nodes [ALPHA] Nodes about which a rule knows nothing now, young ones that have not reported yet among them; they are counted by their state too.
# TYPE telemetry_scheduler_rule_unknown_nodes gauge
telemetry_scheduler_rule_unknown_nodes{rule="hot"} 3
# HELP telemetry_scheduler_sample_timestamp_seconds [ALPHA] Unix time at which the samples of a metric were measured, by metric: of its nodes the oldest and the median. Nodes that never had a sample are left out.
# TYPE telemetry_scheduler_sample_timestamp_seconds gauge
telemetry_scheduler_sample_timestamp_seconds{metric="memory",of="median"} 1000
telemetry_scheduler_sample_timestamp_seconds{metric="memory",of="oldest"} 1000
`

// avoiding is the same of a rule that keeps nobody off.
var avoiding = strings.NewReplacer(`{state="closed"} 1`, `{state="closed"} 0`, `{state="open"} 3`, `{state="open"} 4`,
	`blocked_nodes{rule="hot"} 1`, `blocked_nodes{rule="hot"} 0`).Replace(rule)

// ofATenant is what a rule of the cluster and two like it of a namespace show.
var ofATenant = strings.NewReplacer(
	`telemetry_scheduler_rule_nodes{rule="hot",state="firing"} 1`, `telemetry_scheduler_rule_nodes{rule="team/*",state="firing"} 2
telemetry_scheduler_rule_nodes{rule="warm",state="firing"} 1`,
	`telemetry_scheduler_rule_nodes{rule="hot",state="inactive"} 3`, `telemetry_scheduler_rule_nodes{rule="team/*",state="inactive"} 6
telemetry_scheduler_rule_nodes{rule="warm",state="inactive"} 3`,
	`telemetry_scheduler_rule_nodes{rule="hot",state="keeping"} 0`, `telemetry_scheduler_rule_nodes{rule="team/*",state="keeping"} 0
telemetry_scheduler_rule_nodes{rule="warm",state="keeping"} 0`,
	`telemetry_scheduler_rule_nodes{rule="hot",state="pending"} 0`, `telemetry_scheduler_rule_nodes{rule="team/*",state="pending"} 0
telemetry_scheduler_rule_nodes{rule="warm",state="pending"} 0`,
	`blocked_nodes{rule="hot"} 1`, `blocked_nodes{rule="team/*"} 2
telemetry_scheduler_rule_blocked_nodes{rule="warm"} 1`,
	`fault{rule="hot"} 1`, `fault{rule="team/*"} 1
telemetry_scheduler_rule_source_fault{rule="warm"} 1`,
	`unknown_nodes{rule="hot"} 3`, `unknown_nodes{rule="team/*"} 6
telemetry_scheduler_rule_unknown_nodes{rule="warm"} 3`,
).Replace(rule)

func TestMetricsOfTheBoardAreThoseOfTheNewestOne(t *testing.T) {
	for sentence, tc := range map[string]struct {
		text    string
		metrics []MetricHealth
		want    string
	}{
		"no Board": {"", nil, ""},
		"metrics of their authors' own": {`- {name: hot, when: {metric: memory, above: 90%}, actions: {avoid: {}}}`, []MetricHealth{
			{Name: "load", Source: "prom", Join: &telemetry.JoinTable{Matched: 3, ForeignCount: 2, SilentCount: 1}},
			{Name: "heat", Source: "adapter", Fault: "it is gone"},
			{Name: "stale", Source: "down", SourceFault: "no route to host", Join: &telemetry.JoinTable{Matched: 3}},
		}, avoiding + `
# HELP telemetry_scheduler_metric_failed [ALPHA] 1 where a metric that a rule looks at could not be read the last time, or its source not.
# TYPE telemetry_scheduler_metric_failed gauge
telemetry_scheduler_metric_failed{metric="heat",source="adapter"} 1
telemetry_scheduler_metric_failed{metric="load",source="prom"} 0
telemetry_scheduler_metric_failed{metric="stale",source="down"} 1
# HELP telemetry_scheduler_metric_series [ALPHA] How the series of a metric found nodes: matched series, foreign ones without a node, silent nodes without a series, ambiguous nodes with several.
# TYPE telemetry_scheduler_metric_series gauge
telemetry_scheduler_metric_series{metric="load",state="ambiguous"} 0
telemetry_scheduler_metric_series{metric="load",state="foreign"} 2
telemetry_scheduler_metric_series{metric="load",state="matched"} 3
telemetry_scheduler_metric_series{metric="load",state="silent"} 1
`},
		"a rule that sees one of its four nodes":    {hot, nil, rule},
		"the rules of one namespace count together": {hot + strings.Replace(hot, "hot", "warm", 1), nil, ofATenant},
	} {
		t.Run(sentence, func(t *testing.T) {
			registry := metrics.NewKubeRegistry()
			registry.CustomMustRegister(&boardCollector{
				board:   func() *engine.Board { return judged(t, tc.text) },
				metrics: func() []MetricHealth { return tc.metrics },
			})
			if err := testutil.GatherAndCompare(registry, strings.NewReader(tc.want)); err != nil {
				t.Error(err)
			}
		})
	}
}

// hotMemory knows of node a alone, that it is hot.
type hotMemory struct{}

func (hotMemory) Sample(_, node string) (float64, time.Time, string) {
	if node == "a" {
		return 95, time.Unix(1000, 0), ""
	}
	return 0, time.Time{}, "nobody knows"
}

func (hotMemory) Window(string, string) time.Duration { return 0 }

// judged returns the Board of four nodes under the rules of text; nil for none.
func judged(t *testing.T, text string) *engine.Board {
	t.Helper()
	if text == "" {
		return nil
	}
	nodes := []engine.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "young", Created: time.Unix(990, 0)}}
	set := ruleSet(t, text, rules.Pause{})
	if strings.Contains(text, "warm") {
		set = withTenants(set, "team")
		set.Rules = set.Rules[1:] // warm of the cluster is left, and both of the team
	}
	board, _ := engine.New(engine.Options{NewNodeGrace: time.Minute}, nil).Advance(time.Unix(1000, 5e8), set, nodes, hotMemory{})
	return board
}
