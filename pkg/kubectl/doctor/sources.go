package doctor

import (
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/sources"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/metricsapi"
)

// sources makes those that can be asked from here. Kubelets answer the scheduler's own
// account alone.
func (o *options) sources(config *rest.Config, s *settings.Settings) (map[string]telemetry.Source, error) {
	for name := range o.urls {
		if _, known := s.SourceKinds()[name]; !known {
			return nil, fmt.Errorf("--source-url: the operator has no source called %q", name)
		}
	}
	out := map[string]telemetry.Source{}
	for _, said := range s.Sources {
		if url := o.urls[said.Name]; url != "" {
			said.URL = url
		}
		// What cannot be made is told by the check that asks it, in the words of lint.
		if source, err := newSource(config, said); err == nil && source != nil {
			out[said.Name] = source
		}
	}
	return out, nil
}

func newSource(config *rest.Config, said args.Source) (telemetry.Source, error) {
	switch said.Type {
	case args.MetricsAPI:
		return metricsapi.New(config)
	case args.Prometheus:
		return sources.Prometheus(said)
	}
	return nil, nil
}
