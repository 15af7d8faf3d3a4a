package descheduler

import (
	"math"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// baseline is what a node had before a move, by the metric that the move is to bring
// down. Resource is empty where pods make no difference to it.
type baseline struct {
	Metric   string         `json:"metric"`
	Resource rules.Resource `json:"resource,omitempty"`
	Value    float64        `json:"value"`
	// Uses is what the pod that leaves was measured to use.
	Uses engine.Amounts `json:"uses,omitzero"`
}

// baselineOf chooses what a move is measured by: of the comparisons that it is to bring
// under their clear level the one of which it takes the greatest part; where it is for
// rules that vacate alone, of which nothing is expected, any of which something is known.
func (l *look) baselineOf(move *plan.Move) (out baseline) {
	greatest := 0.0
	for _, t := range l.troublesOf(move.Pod.Node) {
		if !slices.Contains(move.For, t.Rule) || l.Policies[t.Rule].Goal == rules.Vacate {
			continue
		}
		for _, p := range partsOf(t) {
			if share := amountOf(move.Relieves, p.Resource) / p.Excess; p.Excess > 0 && share > greatest {
				greatest, out = share, baseline{Metric: p.Metric, Resource: p.Resource, Value: p.Value}
			}
		}
	}
	if out.Metric == "" {
		out.Metric = l.anyMetric(move)
	}
	out.Uses = move.Pod.Use
	return out
}

// spansOf is how long two samples of a metric take that show nothing of the time before.
func (l *look) spansOf(metric, node string) time.Duration {
	v, _ := valueOf(l.Board, node, metric)
	return v.Window + 2*l.Board.RuleSet().Metrics[metric].Interval
}

func partsOf(t plan.Trouble) (out []plan.Part) {
	for _, r := range t.Relief {
		out = append(out, r.Parts...)
	}
	return out
}

func (l *look) anyMetric(move *plan.Move) string {
	for leaf := range l.Policies[move.For[0]].Rule.When.Leaves() {
		if v, known := valueOf(l.Board, move.Pod.Node, leaf.Metric); known && v.Unknown == "" {
			return leaf.Metric
		}
	}
	return ""
}

// of is what is expected of a relief: nothing where it cannot be measured.
func (b baseline) of(relieves engine.Amounts) float64 {
	return amountOf(relieves, b.Resource)
}

func amountOf(a engine.Amounts, r rules.Resource) float64 {
	switch r {
	case rules.ResourceCPU:
		return a.CPU
	case rules.ResourceMemory:
		return a.Memory
	case rules.ResourcePods:
		return a.Pods
	}
	return 0
}

// oneOf is one core, byte or pod.
func oneOf(r rules.Resource) engine.Amounts {
	return map[rules.Resource]engine.Amounts{rules.ResourceCPU: {CPU: 1}, rules.ResourceMemory: {Memory: 1}, rules.ResourcePods: {Pods: 1}}[r]
}

func valueOf(board *engine.Board, node, metric string) (engine.Value, bool) {
	for v := range board.ValuesOf(node) {
		if v.Metric == metric {
			return v, true
		}
	}
	return engine.Value{}, false
}

// sampled returns what the newest sample says of a move since which so long was to pass:
// nothing where there is none, and nothing that averages over a time before.
func (b baseline) sampled(board *engine.Board, node string, settled time.Time) (memory.News, bool) {
	v, known := valueOf(board, node, b.Metric)
	if !known || v.Unknown != "" || v.At.Before(settled.Add(v.Window)) {
		return memory.News{}, false
	}
	n := memory.News{Event: memory.Sampled, Stamp: v.At}
	if b.Resource != "" {
		n.Relieved = (b.Value - v.Value) / v.Adds(oneOf(b.Resource))
	}
	return n, !math.IsNaN(n.Relieved) && !math.IsInf(n.Relieved, 0)
}
