package scenario

import (
	"context"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
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

// due returns what is to be read now, by source, at the evaluator's own pace.
func (w *world) due() map[string]*errand {
	out := map[string]*errand{}
	for _, source := range w.sources() {
		pace := w.paces[source]
		if pace == nil {
			pace = &evaluator.Pace{Step: w.interval}
			w.paces[source] = pace
		}
		if due := pace.Due(w.clock(), w.wanted(source)); len(due) > 0 {
			out[source] = errandOf(due)
		}
	}
	return out
}

// sources are those that have a metric which rules look at, and that of the built-in ones.
func (w *world) sources() []string {
	names := map[string]bool{builtinSource: true}
	for _, name := range w.rules.UsedMetrics() {
		names[w.rules.Metrics[name].Source] = true
	}
	return slices.Collect(maps.Keys(names))
}

// wanted is what a source is to bring.
func (w *world) wanted(source string) []evaluator.Want {
	out := evaluator.WantedOf(w.rules, source)
	if source == builtinSource {
		for _, name := range []string{telemetry.UsedCPU, telemetry.UsedMemory} {
			out = append(out, evaluator.Want{Metric: telemetry.Metric{Name: name}, Interval: w.interval})
		}
	}
	return out
}

func errandOf(due []telemetry.Metric) *errand {
	out := &errand{}
	for i := range due {
		if due[i].Query == "" {
			out.plain = append(out.plain, due[i].Name)
		} else {
			out.queried = append(out.queried, due[i])
		}
	}
	return out
}
