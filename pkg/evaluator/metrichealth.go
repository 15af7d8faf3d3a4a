package evaluator

import (
	"maps"
	"slices"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// MetricHealth is what is known of one metric that authors of rules defined.
type MetricHealth struct {
	Name, Source string
	// Fault is why it could not be read the last time; empty where it could.
	Fault string
	// SourceFault is why its source as a whole could not be read the last time; empty
	// where it could. Fault and Join are then those of the reading before.
	SourceFault string
	// Unread is set before the first reading of what the metric means now.
	Unread bool
	// Join says how its series found their nodes; nil where nodes are asked by name,
	// and before the first reading.
	Join *telemetry.JoinTable
}

// Metrics returns the health of every metric of its author's own that a rule in
// force looks at, by name. The caller must not change it.
func (e *Evaluator) Metrics() []MetricHealth {
	if list := e.health.Load(); list != nil {
		return *list
	}
	return nil
}

// publishHealth makes the newest readings known to other goroutines.
func (e *Evaluator) publishHealth(set *rules.RuleSet) {
	var list []MetricHealth
	for _, name := range set.UsedMetrics() {
		m := set.Metrics[name]
		if m.BuiltIn {
			continue
		}
		newest := e.snapshot(m.Source)
		list = append(list, MetricHealth{
			Name: name, Source: m.Source, Fault: newest.Faults()[name], SourceFault: e.sourceFault(m.Source),
			Unread: e.unread(m), Join: newest.Joins()[name],
		})
	}
	e.health.Store(&list)
	e.publishSources()
}

// logFaults writes down which metrics of a source cannot be read any more, and
// which can again.
func logFaults(logger klog.Logger, source string, before, now map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if before[name] == "" {
			logger.Error(nil, "A metric cannot be read; what was read before ages", "metric", name, "source", source, "fault", now[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if now[name] == "" {
			logger.Info("A metric can be read again", "metric", name, "source", source)
		}
	}
}

// logDropped writes down which metrics that could not be read are no longer asked for.
func logDropped(logger klog.Logger, source string, faults, wanted map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		if _, still := wanted[name]; !still {
			logger.Info("A metric that could not be read is no longer asked for", "metric", name, "source", source)
		}
	}
}
