package doctor

import (
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/doctor/checks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/sources"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/metricsapi"
)

// sources makes those that can be asked from here. Kubelets answer the scheduler's own
// account alone.
func (o *options) sources(config *rest.Config, s *settings.Settings) (map[string]telemetry.Source, error) {
	reached, err := s.Reached(o.urls)
	if err != nil {
		return nil, err
	}
	for _, text := range reached.LeftOut {
		fmt.Fprintln(o.env.ErrOut, text+".")
	}
	out := map[string]telemetry.Source{}
	for _, said := range reached.Sources {
		if withheld := reached.Withheld[said.Name]; withheld != nil {
			out[said.Name] = checks.NotAsked{Why: withheld}
			continue
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
