package scenario

import (
	"context"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// errand is what one source is asked for at one time.
type errand struct {
	plain   []string
	queried []telemetry.Metric
}

// collect reads the metrics that are due, source by source.
func (w *world) collect(ctx context.Context) {
	due := w.due()
	for _, source := range slices.Sorted(maps.Keys(due)) {
		before := w.snapshots[source]
		if w.silent(source) {
			w.snapshots[source] = before.WithFault(silentSource)
			continue
		}
		w.snapshots[source] = w.ask(ctx, before, due[source])
	}
}

// ask returns the Snapshot of a source after an errand.
func (w *world) ask(ctx context.Context, s *telemetry.Snapshot, e *errand) *telemetry.Snapshot {
	if failed := w.failures(e); len(failed.Faults) > 0 {
		s = s.With(failed, w.clock())
	}
	if len(e.plain) > 0 {
		s = s.With(w.plainReading(w.now, e.plain), w.clock())
	}
	if len(e.queried) == 0 {
		return s
	}
	reading, err := w.queries.Collect(ctx, evaluator.Request(w.joined(), w.present, e.queried))
	if err != nil {
		return s.WithFault(err.Error())
	}
	return s.With(reading, w.clock())
}

// failures takes the metrics from an errand that cannot be read.
func (w *world) failures(e *errand) *telemetry.Reading {
	out := &telemetry.Reading{Metrics: []string{}, Faults: map[string]string{}}
	fails := func(metric string) bool {
		if w.silentFor(metric) {
			out.Metrics = append(out.Metrics, metric)
			out.Faults[metric] = silentMetric
		}
		return out.Faults[metric] != ""
	}
	e.plain = slices.DeleteFunc(e.plain, fails)
	e.queried = slices.DeleteFunc(e.queried, func(m telemetry.Metric) bool { return fails(m.Name) })
	return out
}

// due returns the metrics whose interval is over, by source. The built-in ones are read
// each time.
func (w *world) due() map[string]*errand {
	out := map[string]*errand{builtinSource: {plain: []string{telemetry.UsedCPU, telemetry.UsedMemory}}}
	for _, name := range w.rules.UsedMetrics() {
		m := w.rules.Metrics[name]
		if m.BuiltIn || !w.isDue(&m) {
			continue
		}
		w.read[name] = w.now
		e := out[m.Source]
		if e == nil {
			e = &errand{}
			out[m.Source] = e
		}
		if m.Query == "" {
			e.plain = append(e.plain, name)
		} else {
			e.queried = append(e.queried, evaluator.MetricOf(&m))
		}
	}
	return out
}

func (w *world) isDue(m *rules.Metric) bool {
	last, before := w.read[m.Name]
	return !before || w.now-last >= m.Interval
}
