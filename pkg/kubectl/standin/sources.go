package standin

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/sources"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/metricsapi"
)

// sources are those of the scheduler, as far as they can be read from here. What can not
// be made is a source that says why.
func (o *Options) sources() ([]evaluator.Source, error) {
	reached, err := o.Settings.Reached(o.URLs)
	if err != nil {
		return nil, err
	}
	for _, text := range reached.LeftOut {
		o.Warn(text)
	}
	var out []evaluator.Source
	for _, said := range reached.Sources {
		source, err := o.source(said, reached.Withheld[said.Name])
		if err != nil {
			source = mute{err}
		}
		out = append(out, evaluator.Source{Name: said.Name, Source: source, Interval: said.Interval, Timeout: said.Timeout})
	}
	return out, nil
}

func (o *Options) source(said args.Source, withheld error) (telemetry.Source, error) {
	if withheld != nil {
		return nil, withheld
	}
	switch said.Type {
	case args.MetricsAPI:
		return metricsapi.New(o.Config)
	case args.Prometheus:
		return sources.Prometheus(said)
	case args.CustomMetrics:
		return sources.CustomMetrics(o.Config, said.Timeout)
	case args.Kubelet:
		o.Warn(fmt.Sprintf("The source %s reads kubelets with an account of the scheduler's own; the metrics API, which tells what they say, is read in its place", said.Name))
		return metricsapi.New(o.Config)
	}
	return nil, errors.New("only the scheduler itself knows sources of the type " + string(said.Type))
}

// down says of each source that rules need and that could not be read what that means, and how it can be.
func (o *Options) down(ctx context.Context, api answers.Asker) (names []string, err error) {
	list, err := answers.Sources(ctx, api)
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		source := &list.Items[i]
		fault := faultOf(source)
		if needed := source.Builtin || len(source.Metrics) > 0; fault == "" || !needed {
			continue
		}
		names = append(names, source.Name)
		if source.Type == string(args.Prometheus) {
			fault += "; where it is reached elsewhere from here, " + settings.NameIt(source.Name)
		}
		o.Warn(fmt.Sprintf("The source %s cannot be read from here, and what rules know by it is not known: %s", source.Name, fault))
	}
	return names, nil
}

// faultOf is why a source, or one of its metrics, was not read; empty where all was.
func faultOf(s *v1alpha1.Source) string {
	if !s.Up {
		return cmp.Or(s.Fault, "it has not answered yet")
	}
	for _, m := range s.Metrics {
		if m.Fault != "" {
			return "metric " + m.Name + ": " + m.Fault
		}
	}
	return ""
}

func (o *Options) sourceTypes() map[string]string {
	out := map[string]string{}
	for _, said := range o.Settings.Sources {
		out[said.Name] = string(said.Type)
	}
	return out
}

// mute is a source that cannot be read.
type mute struct{ err error }

// Collect implements telemetry.Source.
func (m mute) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return nil, m.err
}
