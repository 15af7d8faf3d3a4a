package doctor

import (
	"context"
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
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

// told asks the scheduler what is wrong with its sources.
func (o *options) told(ctx context.Context, config *rest.Config, s *settings.Settings) (map[string]string, error) {
	asking := ask.Flags{Namespace: s.Namespace, Release: s.Lease, URL: o.api}
	api, err := asking.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	defer api.Close()
	list, err := answers.Sources(ctx, api)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i := range list.Items {
		one := &list.Items[i]
		if out[one.Name] = one.Fault; one.Fault == "" && !one.Up {
			out[one.Name] = "it has not been read yet"
		}
	}
	return out, nil
}
