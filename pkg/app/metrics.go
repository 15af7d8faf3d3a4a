package app

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/serving"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

var startWait = metrics.NewGauge(&metrics.GaugeOpts{
	Subsystem: "telemetry_scheduler", Name: "start_wait_seconds", StabilityLevel: metrics.ALPHA,
	Help: "How long the first pod waited for the first evaluation, when this replica began to lead.",
})

// collect adds those that are read at each scrape. It is called once a process.
func collect(e *evaluator.Evaluator, source *rulesource.Source) {
	evaluator.CollectBoard(e)
	rulesource.CollectPaused(source)
}

var registerOnce sync.Once

// registerMetrics adds the metrics of all packages to the scheduler's registry.
func registerMetrics() {
	registerOnce.Do(func() { legacyregistry.MustRegister(startWait) })
	telemetry.Register()
	evaluator.Register()
	rulesource.Register()
	inflight.Register()
	state.Register()
	descheduler.Register()
	serving.Register()
}
