package inflight

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

var (
	inFlight = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: "telemetry_scheduler", Name: "pods_in_flight", StabilityLevel: metrics.ALPHA,
		Help: "Pods that some metric in use may not show whole yet, at the newest evaluation.",
	})
	knownOwners = metrics.NewGauge(&metrics.GaugeOpts{
		Subsystem: "telemetry_scheduler", Name: "estimated_owners", StabilityLevel: metrics.ALPHA,
		Help: "Owners whose pods are estimated by what their siblings are measured to use.",
	})

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() { legacyregistry.MustRegister(inFlight, knownOwners) })
}
