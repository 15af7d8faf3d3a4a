package evaluator

import (
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var (
	ruleNodesDesc = metrics.NewDesc("telemetry_scheduler_rule_nodes",
		"Nodes that a rule judges, by rule and state: inactive, pending, firing, keeping.",
		[]string{"rule", "state"}, nil, metrics.ALPHA, "")
	ruleUnknownDesc = metrics.NewDesc("telemetry_scheduler_rule_unknown_nodes",
		"Nodes about which a rule knows nothing now; they are counted by their state too.",
		[]string{"rule"}, nil, metrics.ALPHA, "")
	ruleFaultDesc = metrics.NewDesc("telemetry_scheduler_rule_source_fault",
		"1 while over half of a rule's nodes are unknown, so that it does not act on unknown nodes.",
		[]string{"rule"}, nil, metrics.ALPHA, "")
	boardTimeDesc = metrics.NewDesc("telemetry_scheduler_board_timestamp_seconds",
		"Unix time of the newest evaluation.", nil, nil, metrics.ALPHA, "")
)

// CollectBoard registers metrics that are read from the newest Board at each
// scrape, so that a deleted rule leaves nothing behind. Call it once a process.
func CollectBoard(e *Evaluator) {
	legacyregistry.CustomMustRegister(&boardCollector{board: e.Board})
}

type boardCollector struct {
	metrics.BaseStableCollector
	board func() *engine.Board
}

// DescribeWithStability implements metrics.StableCollector.
func (c *boardCollector) DescribeWithStability(ch chan<- *metrics.Desc) {
	for _, d := range []*metrics.Desc{ruleNodesDesc, ruleUnknownDesc, ruleFaultDesc, boardTimeDesc} {
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
	send(boardTimeDesc, float64(board.At.UnixMilli())/1000)
	for _, r := range board.Rules() {
		rule := r.Key.String()
		for _, p := range []engine.Phase{engine.Inactive, engine.Pending, engine.Firing, engine.Keeping} {
			send(ruleNodesDesc, float64(r.Phases[p]), rule, p.String())
		}
		send(ruleUnknownDesc, float64(r.Unknown), rule)
		send(ruleFaultDesc, oneIf(r.SourceFault), rule)
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
