package evaluator

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// MetricHealth is what is known of one metric that authors of rules defined.
type MetricHealth struct {
	Name, Source string
	// Fault is why it could not be read the last time; empty where it could.
	Fault string
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
		list = append(list, MetricHealth{Name: name, Source: m.Source, Fault: newest.Faults()[name], Join: newest.Joins()[name]})
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

// metricFaults are the metrics of which people were told that they cannot be read.
type metricFaults map[string]bool

// update takes in what is so now and returns what people should be told, in the
// order of the metrics. A fault that only changes its words is the same fault.
func (f *metricFaults) update(now []MetricHealth, about func(metric string) *corev1.ObjectReference) []event {
	var out []event
	told := metricFaults{}
	for _, m := range now {
		place, failed := about(m.Name), m.Fault != ""
		if failed {
			told[m.Name] = true
		}
		switch {
		case place == nil:
		case failed && !(*f)[m.Name]:
			out = append(out, metricFailed(place, m.Name, m.Fault))
		case !failed && (*f)[m.Name]:
			out = append(out, metricRecovered(place, m.Name))
		}
	}
	*f = told
	return out
}
