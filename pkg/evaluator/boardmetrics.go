package evaluator

import (
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var (
	ruleNodesDesc = metrics.NewDesc("telemetry_scheduler_rule_nodes",
		"Nodes that a rule judges, by rule and state: inactive, pending, firing, keeping. The rules of one namespace count together, as namespace/*.",
		[]string{"rule", "state"}, nil, metrics.ALPHA, "")
	ruleUnknownDesc = metrics.NewDesc("telemetry_scheduler_rule_unknown_nodes",
		"Nodes about which a rule knows nothing now, young ones that have not reported yet among them; they are counted by their state too.",
		[]string{"rule"}, nil, metrics.ALPHA, "")
	ruleFaultDesc = metrics.NewDesc("telemetry_scheduler_rule_source_fault",
		"1 while over half of a rule's nodes are unknown, so that it does not act on unknown nodes.",
		[]string{"rule"}, nil, metrics.ALPHA, "")
	ruleBlockedDesc = metrics.NewDesc("telemetry_scheduler_rule_blocked_nodes",
		"Nodes that a rule keeps pods off now, by rule. Dry runs, paused rules and silenced ones keep nobody off. The rules of one namespace count together, as namespace/*.",
		[]string{"rule"}, nil, metrics.ALPHA, "")
	nodesDesc = metrics.NewDesc("telemetry_scheduler_nodes",
		"Nodes by state: closed where a rule of the cluster keeps every pod off, whatever its labels, namespace and priority; open else.",
		[]string{"state"}, nil, metrics.ALPHA, "")
	metricFailedDesc = metrics.NewDesc("telemetry_scheduler_metric_failed",
		"1 where a metric that a rule looks at could not be read the last time, or its source not.",
		[]string{"metric", "source"}, nil, metrics.ALPHA, "")
	metricSeriesDesc = metrics.NewDesc("telemetry_scheduler_metric_series",
		"How the series of a metric found nodes: matched series, foreign ones without a node, silent nodes without a series, ambiguous nodes with several.",
		[]string{"metric", "state"}, nil, metrics.ALPHA, "")
	boardTimeDesc = metrics.NewDesc("telemetry_scheduler_board_timestamp_seconds",
		"Unix time of the newest evaluation.", nil, nil, metrics.ALPHA, "")
)

// CollectBoard registers metrics that are read from the newest Board at each
// scrape, so that a deleted rule leaves nothing behind. Call it once a process.
func CollectBoard(e *Evaluator) {
	legacyregistry.CustomMustRegister(&boardCollector{board: e.Board, metrics: e.Metrics})
}

type boardCollector struct {
	metrics.BaseStableCollector
	board   func() *engine.Board
	metrics func() []MetricHealth
}

// DescribeWithStability implements metrics.StableCollector.
func (c *boardCollector) DescribeWithStability(ch chan<- *metrics.Desc) {
	for _, d := range []*metrics.Desc{ruleNodesDesc, ruleUnknownDesc, ruleFaultDesc, ruleBlockedDesc, nodesDesc, metricFailedDesc, metricSeriesDesc, sampleTimeDesc, boardTimeDesc} {
		ch <- d
	}
}

// CollectWithStability implements metrics.StableCollector.
func (c *boardCollector) CollectWithStability(ch chan<- metrics.Metric) {
	board := c.board()
	if board == nil {
		return
	}
	send := func(d *metrics.Desc, value float64, labels ...string) {
		ch <- metrics.NewLazyConstMetric(d, metrics.GaugeValue, value, labels...)
	}
	send(boardTimeDesc, seconds(board.At))
	closed := board.Closed()
	send(nodesDesc, float64(closed.Nodes), "closed")
	send(nodesDesc, float64(board.Size()-closed.Nodes), "open")
	sendAges(send, board)
	for _, m := range c.metrics() {
		send(metricFailedDesc, oneIf(m.Fault != "" || m.SourceFault != ""), m.Name, m.Source)
		sendJoin(send, m)
	}
	for _, s := range seriesOf(board.Rules(), closed.By) {
		r, rule := s.RuleSummary, s.rule
		for _, p := range []engine.Phase{engine.Inactive, engine.Pending, engine.Firing, engine.Keeping} {
			send(ruleNodesDesc, float64(r.Phases[p]), rule, p.String())
		}
		send(ruleUnknownDesc, float64(r.Unknown+r.Awaited), rule)
		send(ruleFaultDesc, oneIf(r.SourceFault), rule)
		send(ruleBlockedDesc, float64(s.blocked), rule)
	}
}

// series is what is told of one rule, or of all rules of a namespace together.
type series struct {
	rule    string
	blocked int
	engine.RuleSummary
}

// seriesOf sums up the rules of each namespace: their names are not ours to keep
// few and steady. Rules are ordered by namespace.
func seriesOf(rules []engine.RuleSummary, blocked []int) []series {
	out := make([]series, 0, len(rules))
	for at, r := range rules {
		last := len(out) - 1
		if r.Key.Namespace == "" || last < 0 || out[last].Key.Namespace != r.Key.Namespace {
			out = append(out, series{r.Key.Group(), blocked[at], r})
			continue
		}
		for i, nodes := range r.Phases {
			out[last].Phases[i] += nodes
		}
		out[last].blocked += blocked[at]
		out[last].Unknown += r.Unknown
		out[last].Awaited += r.Awaited
		out[last].SourceFault = out[last].SourceFault || r.SourceFault
	}
	return out
}

func sendJoin(send func(*metrics.Desc, float64, ...string), m MetricHealth) {
	if m.Join == nil || m.SourceFault != "" {
		return
	}
	for _, c := range []struct {
		state string
		count int
	}{{"matched", m.Join.Matched}, {"foreign", m.Join.ForeignCount}, {"silent", m.Join.SilentCount}, {"ambiguous", m.Join.AmbiguousCount}} {
		send(metricSeriesDesc, float64(c.count), m.Name, c.state)
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
