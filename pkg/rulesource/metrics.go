package rulesource

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var (
	ruleCount = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "rules", StabilityLevel: metrics.ALPHA,
		Help: "Rules in force.",
	})
	preferenceCount = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "preferences", StabilityLevel: metrics.ALPHA,
		Help: "Preferences in force.",
	})
	keyCount = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "rule_keys", StabilityLevel: metrics.ALPHA,
		Help: "Keys of the cluster's rule ConfigMaps by the text that is in force for them: current, last-good (the key is broken), none (it is broken and never loaded), unread (it looks like rules, but it does not end in .yaml, or the label of its ConfigMap has a value that only resembles ours).",
	}, []string{"text"})
	tenantKeyCount = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "namespaced_rule_keys", StabilityLevel: metrics.ALPHA,
		Help: "Keys of the rule ConfigMaps of other namespaces by the text that is in force for them: current, last-good, none and unread as in rule_keys, not-allowed (the namespace may have no rules).",
	}, []string{"text"})
	pausedCount = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "paused_rules", StabilityLevel: metrics.ALPHA,
		Help: "Rules in force that keep nobody off because their ConfigMap has the annotation that pauses it.",
	})
	conflictCount = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "rule_conflicts", StabilityLevel: metrics.ALPHA,
		Help: "Definitions set aside because a newer ConfigMap defines the same name differently.",
	})
	pauseMistakes = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "pause_mistakes", StabilityLevel: metrics.ALPHA,
		Help: "Mistakes in the pause ConfigMap.",
	})
	watchErrors = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "rule_watch_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Failures to list or watch the ConfigMaps that hold rules or the pause.",
	})

	registerOnce sync.Once
)

const subsystem = "telemetry_scheduler"

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() {
		legacyregistry.MustRegister(ruleCount, preferenceCount, pausedCount, keyCount, tenantKeyCount, conflictCount, pauseMistakes, watchErrors)
	})
}

// CollectPaused registers the gauge that is 1 while blocking, or eviction, is
// paused, and the one that counts silences. They are computed at each scrape,
// because an `until` passes without an edit. Call it once a process.
func CollectPaused(s *Source) {
	legacyregistry.CustomMustRegister(&pausedCollector{source: s})
}

var (
	pausedDesc = metrics.NewDesc("telemetry_scheduler_paused",
		"1 while the pause ConfigMap stops what: block or evict.", []string{"what"}, nil, metrics.ALPHA, "")
	silencesDesc = metrics.NewDesc("telemetry_scheduler_silences",
		"Silences in force: rules that the pause ConfigMap makes do nothing, everywhere or on one node.", nil, nil, metrics.ALPHA, "")
)

type pausedCollector struct {
	metrics.BaseStableCollector
	source *Source
}

// DescribeWithStability implements metrics.StableCollector.
func (c *pausedCollector) DescribeWithStability(ch chan<- *metrics.Desc) {
	ch <- pausedDesc
	ch <- silencesDesc
}

// CollectWithStability implements metrics.StableCollector.
func (c *pausedCollector) CollectWithStability(ch chan<- metrics.Metric) {
	pause, now := c.source.Set().Pause, time.Now()
	ch <- metrics.NewLazyConstMetric(pausedDesc, metrics.GaugeValue, number(pause.BlocksPaused(now)), "block")
	ch <- metrics.NewLazyConstMetric(pausedDesc, metrics.GaugeValue, number(pause.EvictionPaused(now)), "evict")
	ch <- metrics.NewLazyConstMetric(silencesDesc, metrics.GaugeValue, float64(len(silencesAt(pause, now))))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// measureKeys counts keys by what became of them, and those that are not read.
func measureKeys(keys *metrics.GaugeVec, results []result, unread int) {
	counts := map[standing]int{}
	for _, r := range results {
		counts[r.standing]++
	}
	keys.WithLabelValues("current").Set(float64(counts[inForce]))
	keys.WithLabelValues("last-good").Set(float64(counts[lastGood]))
	keys.WithLabelValues("none").Set(float64(counts[nothing]))
	keys.WithLabelValues("unread").Set(float64(unread))
}

// measure sets the gauges to what an outcome says.
func measure(o outcome) {
	ruleCount.Set(float64(len(o.document.Rules)))
	preferenceCount.Set(float64(len(o.document.Preferences)))
	pausedCount.Set(float64(countPaused(o.document.Rules)))
	conflictCount.Set(float64(len(o.conflicts)))
}

func countPaused(all []rules.Rule) (n int) {
	for i := range all {
		if all[i].Paused {
			n++
		}
	}
	return n
}

func countUnread(ours, astray []*corev1.ConfigMap) (n int) {
	for _, cm := range ours {
		n += len(unread(cm))
	}
	for _, cm := range astray {
		n += len(likeRules(cm))
	}
	return n
}
