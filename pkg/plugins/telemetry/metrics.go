package telemetry

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

const subsystem = "telemetry_scheduler"

var (
	rejections = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "rejections_total", StabilityLevel: metrics.ALPHA,
		Help: "Scheduling attempts in which telemetry kept a pod off a node, by profile; an attempt counts once, also where only preemption met the node.",
	}, []string{"profile"})
	wokenPods = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "woken_pods_total", StabilityLevel: metrics.ALPHA,
		Help: "Waiting pods that were activated because a node has room for them by telemetry.",
	})
	waitingPods = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "waiting_pods", StabilityLevel: metrics.ALPHA,
		Help: "Pods that telemetry kept off a node and that have no node yet.",
	})
	dryRunPlacements = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "dry_run_placements_total", StabilityLevel: metrics.ALPHA,
		Help: "Pods placed on a node that a rule in dry run would have kept them off, by rule, those of one namespace together as namespace/*; of several rules the first counts.",
	}, []string{"rule"})
	scheduledAnyway = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "scheduled_anyway_total", StabilityLevel: metrics.ALPHA,
		Help: "Pods bound to a node that breaks a rule with ScheduleAnyway, because all nodes that could take them do, by rule, those of one namespace together as namespace/*.",
	}, []string{"rule"})
	passDuration = metrics.NewHistogram(&metrics.HistogramOpts{
		Subsystem: subsystem, Name: "wake_duration_seconds", StabilityLevel: metrics.ALPHA,
		Help:    "Duration of finding the waiting pods that fit, after an evaluation.",
		Buckets: metrics.ExponentialBuckets(0.0005, 2, 14),
	})

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() {
		legacyregistry.MustRegister(rejections, wokenPods, waitingPods, dryRunPlacements, scheduledAnyway, passDuration)
	})
}
