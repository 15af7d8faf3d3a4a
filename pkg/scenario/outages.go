package scenario

import (
	"maps"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// outage is a time in which a source, or a metric as sources name it, cannot be read;
// nothing can where both are empty.
type outage struct {
	source, metric string
	from, until    time.Duration
}

// What an evaluation hears of an outage.
const (
	silentSource = "the source does not answer"
	silentMetric = "the source does not answer for this metric"
)

func (o *outage) lasts(now time.Duration) bool {
	return o.from <= now && (o.until == never || now < o.until)
}

func (r *reader) outages(f *file, list []outageSpec) {
	for i := range list {
		s, at := &list[i], strictyaml.Path("outages").Index(i)
		if s.Source != "" && s.Metric != "" {
			r.wrong(at, "write an outage for each", `it names a "source" and a "metric"`)
		}
		if s.Source != "" {
			r.known(at.Child("source"), "source", s.Source, sourceNames(f.rules))
		}
		if s.Metric != "" && r.known(at.Child("metric"), "metric", s.Metric, metricNames(f.rules)) && s.Metric == rules.MetricPods {
			r.wrong(at.Child("metric"), "", "pods are counted, not measured")
		}
		from, until := r.span(at, s.From, s.Until)
		f.outages = append(f.outages, outage{s.Source, telemetry.Raw(s.Metric), from, until})
	}
}

// sourceNames are those that can be named.
func sourceNames(set *rules.RuleSet) []string {
	names := map[string]bool{builtinSource: true}
	for _, m := range set.Metrics {
		names[m.Source] = true
	}
	delete(names, otherSource)
	return slices.Sorted(maps.Keys(names))
}

// silent reports whether a source as a whole cannot be read.
func (w *world) silent(source string) bool {
	return slices.ContainsFunc(w.outages, func(o outage) bool {
		return o.lasts(w.now) && o.metric == "" && (o.source == "" || o.source == source)
	})
}

// silentFor reports whether a metric cannot be read though its source can.
func (w *world) silentFor(metric string) bool {
	return slices.ContainsFunc(w.outages, func(o outage) bool { return o.lasts(w.now) && o.metric != "" && o.metric == metric })
}
