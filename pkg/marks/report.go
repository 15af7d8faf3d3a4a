package marks

import (
	"sync"
	"time"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

const subsystem = "telemetry_scheduler"

var (
	standing = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks", StabilityLevel: metrics.ALPHA,
		Help: "Marks of this release on nodes, by kind: label or taint.",
	}, []string{"kind"})
	turns = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "node_mark_changes_total", StabilityLevel: metrics.ALPHA,
		Help: "Marks that were set on nodes or taken away, by kind and change: set, removed.",
	}, []string{"kind", "change"})
	failures = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "node_mark_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Writes of marks that the API server refused, or did not answer.",
	})
	withheld = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks_withheld", StabilityLevel: metrics.ALPHA,
		Help: "What is not written although rules want it, by reason: foreign, interval and tainted count marks, rate counts nodes.",
	}, []string{"reason"})
	// heard has no labels, and no series where this replica does not mark.
	heard = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks_state_timestamp_seconds", StabilityLevel: metrics.ALPHA,
		Help: "When the state was last seen to move. While no rule marks a node nothing moves it.",
	}, nil)

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() { legacyregistry.MustRegister(standing, turns, failures, withheld, heard) })
}

// rateReason is that of what waits for its turn.
const rateReason = "rate"

func (m *Marker) measure(now time.Time, nodes []*Node) {
	heard.WithLabelValues().Set(float64(m.sight.moved.UnixMilli()) / 1e3)
	counts := map[Kind]int{Label: 0, Taint: 0}
	for _, n := range nodes {
		counts[Label] += len(n.Ours)
		for _, t := range n.Taints {
			if m.opts.Owner.ours(t) {
				counts[Taint]++
			}
		}
	}
	for kind, count := range counts {
		standing.WithLabelValues(string(kind)).Set(float64(count))
	}
}

func measureHeld(held []Held, left int) {
	counts := map[string]int{string(Foreign): 0, string(Early): 0, string(Crowded): 0, rateReason: left}
	for _, h := range held {
		counts[string(h.Reason)]++
	}
	for reason, count := range counts {
		withheld.WithLabelValues(reason).Set(float64(count))
	}
}
