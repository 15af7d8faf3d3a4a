// Package sources makes the telemetry sources that an operator declares and that serve
// metrics of rules' own, for the scheduler and for those who look at rules without it.
package sources

import (
	"fmt"
	"time"

	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/custommetrics"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// Prometheus makes a source of that type. It reads nothing yet; an error is one of what
// the operator says.
func Prometheus(said args.Source) (telemetry.Source, error) {
	client, err := args.HTTPConfig(said.HTTP)
	if err != nil {
		return nil, fmt.Errorf("reading http: %w", err)
	}
	return prometheus.New(prometheus.Options{
		URL: said.URL, HTTP: &client, Matchers: said.Matchers,
		CPU: said.Queries.CPU, Memory: said.Queries.Memory,
		PodCPU: said.Queries.PodCPU, PodMemory: said.Queries.PodMemory,
		Timeout: said.Timeout, MaxBytes: said.MaxBytes,
	})
}

// CustomMetrics makes a source of that type, which asks the API server that config
// reaches.
func CustomMetrics(config *rest.Config, timeout time.Duration) (telemetry.Source, error) {
	return custommetrics.New(config, custommetrics.Options{Timeout: timeout})
}
