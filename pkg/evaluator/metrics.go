package evaluator

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

const subsystem = "telemetry_scheduler"

var (
	sourceUp = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "source_up", StabilityLevel: metrics.ALPHA,
		Help: "1 where the newest reading of a telemetry source succeeded, else 0.",
	}, []string{"source"})
	sourceLast = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "source_last_reading_timestamp_seconds", StabilityLevel: metrics.ALPHA,
		Help: "Unix time of the newest successful reading of a telemetry source.",
	}, []string{"source"})
	sourceDuration = metrics.NewHistogramVec(&metrics.HistogramOpts{
		Subsystem: subsystem, Name: "source_reading_duration_seconds", StabilityLevel: metrics.ALPHA,
		Help:    "Duration of the readings of a telemetry source, failed ones included.",
		Buckets: metrics.ExponentialBuckets(0.01, 2, 12),
	}, []string{"source"})
	sourceErrors = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "source_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Readings of a telemetry source that failed as a whole.",
	}, []string{"source"})
	sourceProblems = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "source_absent_values", StabilityLevel: metrics.ALPHA,
		Help: "Values that are missing in the newest reading of a telemetry source for a known reason, and nodes that it could not ask.",
	}, []string{"source"})
	tickDuration = metrics.NewHistogram(&metrics.HistogramOpts{
		Subsystem: subsystem, Name: "evaluation_duration_seconds", StabilityLevel: metrics.ALPHA,
		Help:    "Duration of one evaluation of all rules on all nodes, until everybody was told.",
		Buckets: metrics.ExponentialBuckets(0.0005, 2, 14),
	})

	measuredPods = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "measured_pods", StabilityLevel: metrics.ALPHA,
		Help: "Pods whose own use the newest reading of pods brought, in the leader.",
	})
	podErrors = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "pod_reading_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Readings of the use of single pods that failed.",
	})

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() {
		legacyregistry.MustRegister(sourceUp, sourceLast, sourceDuration, sourceErrors, sourceProblems, tickDuration, measuredPods, podErrors)
	})
}

func measureReading(r collected) {
	failed := sourceErrors.WithLabelValues(r.source) // 0 from the first reading on: what is first seen at 1 never rose
	sourceDuration.WithLabelValues(r.source).Observe(r.took.Seconds())
	if r.err != nil {
		sourceUp.WithLabelValues(r.source).Set(0)
		failed.Inc()
		return
	}
	sourceUp.WithLabelValues(r.source).Set(1)
	sourceLast.WithLabelValues(r.source).Set(seconds(r.ended))
	sourceProblems.WithLabelValues(r.source).Set(float64(len(r.reading.Problems) + len(r.reading.Missed)))
}

// forgetReading drops what is said of the newest reading of a source that is not read any more.
func forgetReading(source string) {
	for _, gauge := range []*metrics.GaugeVec{sourceUp, sourceLast, sourceProblems} {
		gauge.Delete(map[string]string{"source": source})
	}
}
