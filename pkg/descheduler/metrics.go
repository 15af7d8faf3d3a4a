package descheduler

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const subsystem = "telemetry_scheduler"

var (
	evictions = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "evictions_total", StabilityLevel: metrics.ALPHA,
		Help: "Evictions that were decided, by rule and by how the move went: Relieved, NotRelieved, LandedBack, StayedPending, Unseen, NotMade, DryRun. The rules of one namespace count together, as namespace/*.",
	}, []string{"rule", "outcome"})
	calls = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "eviction_calls_total", StabilityLevel: metrics.ALPHA,
		Help: "Calls of the Eviction API, by result: accepted, gone, budget (429), twoBudgets (500), throttled (429 of priority and fairness), refused, unknown.",
	}, []string{"result"})
	panics = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "eviction_panics_total", StabilityLevel: metrics.ALPHA,
		Help: "Times that looking for pods to move ended by a mistake in the program, which the log tells.",
	})
	planDuration = metrics.NewHistogram(&metrics.HistogramOpts{
		Subsystem: subsystem, Name: "eviction_plan_duration_seconds", StabilityLevel: metrics.ALPHA,
		Help:    "Duration of finding out which pods are to leave the nodes on which rules with evict fire, and of proving their homes.",
		Buckets: metrics.ExponentialBuckets(0.0005, 2, 16),
	})

	withheldDesc = metrics.NewDesc("telemetry_scheduler_evictions_withheld",
		"Nodes on which a rule with evict fires and nothing is moved, by rule, its mode (Enforce, or DryRun where operator or rule want nothing moved) and reason, in the newest round of the leader. The rules of one namespace count together, as namespace/*.",
		[]string{"rule", "mode", "reason"}, nil, metrics.ALPHA, "")
	movingDesc = metrics.NewDesc("telemetry_scheduler_moves_under_way",
		"Moves of pods that are not verified yet, in the leader.", nil, nil, metrics.ALPHA, "")

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() { legacyregistry.MustRegister(evictions, calls, panics, planDuration) })
}

// count counts a move that ended.
func count(of []rules.Key, outcome memory.Outcome) {
	counted := map[string]bool{}
	for _, rule := range of {
		if group := rule.Group(); !counted[group] {
			counted[group] = true
			evictions.WithLabelValues(group, string(outcome)).Inc()
		}
	}
}

// expect begins the counts of rules that may move pods with 0: what is first seen at 1 never
// rose, for whoever asks by how much it did.
func expect(of []Rule) {
	for i := range of {
		for _, outcome := range memory.Outcomes {
			evictions.WithLabelValues(of[i].Key.Group(), string(outcome))
		}
	}
}

// Collect registers metrics that are read from the newest Report at each scrape. Call it
// once a process.
func Collect(d *Descheduler) { legacyregistry.CustomMustRegister(&collector{report: d.Report}) }

type collector struct {
	metrics.BaseStableCollector
	report func() *Report
}

// DescribeWithStability implements metrics.StableCollector.
func (c *collector) DescribeWithStability(ch chan<- *metrics.Desc) {
	ch <- withheldDesc
	ch <- movingDesc
}

// CollectWithStability implements metrics.StableCollector.
func (c *collector) CollectWithStability(ch chan<- metrics.Metric) {
	r := c.report()
	if r == nil {
		return
	}
	for w, n := range withheldOf(r) {
		ch <- metrics.NewLazyConstMetric(withheldDesc, metrics.GaugeValue, float64(n), w.rule, string(w.mode), w.reason)
	}
	ch <- metrics.NewLazyConstMetric(movingDesc, metrics.GaugeValue, float64(len(r.Moving)))
}

// withheld is why a rule moves nothing. What keeps a dry run from its plan is nobody's loss.
type withheld struct {
	rule   string
	mode   rules.Mode
	reason string
}

// withheldOf counts nodes.
func withheldOf(r *Report) map[withheld]int {
	modes, counts := map[rules.Key]rules.Mode{}, map[withheld]int{}
	for i := range r.Rules {
		modes[r.Rules[i].Key] = rules.Enforce
		if r.Rules[i].DryRun {
			modes[r.Rules[i].Key] = rules.DryRun
		}
	}
	for i := range r.Pairs {
		if p := &r.Pairs[i]; p.Reason != plan.Evicted {
			counts[withheld{p.Rule.Group(), modes[p.Rule], string(p.Reason)}]++
		}
	}
	return counts
}

// unitsOf are those of resources, for people.
var unitsOf = map[rules.Resource]rules.Unit{
	rules.ResourceCPU: rules.UnitCores, rules.ResourceMemory: rules.UnitBytes,
}
