package app

import (
	"context"
	"fmt"
	"sync"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/scheduler"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	telemetrysource "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// component names us in Events and user agents.
const component = "telemetry-scheduler"

// Option changes what an Assembly or a command is made of.
type Option func(*Assembly)

// WithSource adds a type of telemetry source that arguments may name. One of the
// name of a type that comes with the product takes its place.
func WithSource(sourceType string, factory SourceFactory) Option {
	return func(a *Assembly) {
		a.factories[sourceType] = func(_ args.Source, _ string, o SourceOptions) (telemetrysource.Source, error) { return factory(o) }
	}
}

// WithPlugin adds another plugin to the command's scheduler. An Assembly that is
// attached to a scheduler of somebody else takes no notice of it.
func WithPlugin(name string, factory frameworkruntime.PluginFactory) Option {
	return func(a *Assembly) { a.others = append(a.others, kubescheduler.WithPlugin(name, factory)) }
}

// Assembly connects a kube-scheduler with telemetry. It serves one scheduler, and
// there is one in a process.
type Assembly struct {
	factories map[string]maker
	others    []kubescheduler.Option
	shared    *telemetry.Shared
	running   sync.WaitGroup
}

// New returns an Assembly whose plugin blocks nothing until Attach.
func New(opts ...Option) *Assembly {
	a := &Assembly{factories: builtinSources()}
	for _, o := range opts {
		o(a)
	}
	a.shared = telemetry.NewShared(telemetry.Options{SourceTypes: a.sourceTypes()})
	return a
}

// Plugin registers the plugin with a scheduler that is being set up.
func (a *Assembly) Plugin() kubescheduler.Option {
	return kubescheduler.WithPlugin(telemetry.Name, a.shared.Factory())
}

// Attach starts everything beside a scheduler that was set up and does not run
// yet, until ctx ends: rules, telemetry, the evaluator, wake-up, the start gate and
// the API. An error is one of the configuration.
func (a *Assembly) Attach(ctx context.Context, cc *schedulerconfig.CompletedConfig, sched *scheduler.Scheduler) error {
	if a.shared.Args() == nil {
		return errNoProfile
	}
	if err := checkLease(cc.ComponentConfig.LeaderElection, utilfeature.DefaultFeatureGate.Enabled(features.CoordinatedLeaderElection)); err != nil {
		return err
	}
	if err := a.shared.Follow(cc.InformerFactory); err != nil {
		return fmt.Errorf("keeping account of pods: %w", err)
	}
	traces, err := newTraces(ctx, a.shared.Args().Tracing)
	if err != nil {
		return err
	}
	l, err := a.newLoop(cc, a.newProver(ctx, cc, sched), traces.tracer)
	if err != nil {
		return err
	}
	server, err := a.serveAPI(ctx, cc)
	if err != nil {
		return err
	}
	if server != nil {
		l.assembled = func(e *evaluator.Evaluator, source *rulesource.Source) { collect(e, source); server.Know(e, source) }
		l.moved = func(d *descheduler.Descheduler) { descheduler.Collect(d); server.Follow(d) }
	}
	warnOfOrder(ctx, sched)
	registerMetrics()
	g := newGate(ctx, sched, l.ready, a.shared.Args().StartTimeout)
	l.over = g.over
	var traced sync.WaitGroup
	traced.Go(func() { a.shared.Run(loggingAs(ctx, "plugin"), cc.InformerFactory, sched.SchedulingQueue) })
	traced.Go(func() { l.run(ctx, g.led) })
	a.running.Go(func() { traced.Wait(); traces.end() })
	return nil
}

// Wait returns when everything that Attach started has ended, after its ctx.
func (a *Assembly) Wait() { a.running.Wait() }
