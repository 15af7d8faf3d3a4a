package home

import (
	"context"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// suffix tells the frameworks of proofs from the live ones, in metrics and logs.
const suffix = "/homes"

// Options of a Prover. Every field is required but Others.
type Options struct {
	// Scheduler was set up and does not run yet, so that plugins can add informers.
	Scheduler *scheduler.Scheduler
	// Profiles are those of the Scheduler, completed, in the order of its configuration.
	Profiles []config.KubeSchedulerProfile
	// Others are the plugins beside kube-scheduler's own and ours.
	Others []kubescheduler.Option
	Shared *telemetry.Shared
}

// Prover proves homes. One goroutine uses it.
type Prover struct {
	sched  *scheduler.Scheduler
	shared *telemetry.Shared
	holds  *hold.Holds
	lister *lister
	// whatIf is what our plugin judges by.
	whatIf *telemetry.WhatIf
	// frameworks are by the scheduler name of their profile; first is that of the first
	// profile with our plugin, by which pods of other schedulers are proved.
	frameworks map[string]framework.Framework
	first      string
}

// New makes a framework for each profile that has our plugin. An error is one of the
// configuration.
func New(ctx context.Context, o Options) (*Prover, error) {
	p := &Prover{
		sched: o.Scheduler, shared: o.Shared, holds: o.Shared.Holds(), lister: &lister{}, whatIf: &telemetry.WhatIf{},
		frameworks: map[string]framework.Framework{},
	}
	registry, err := p.registry(o.Others)
	if err != nil {
		return nil, err
	}
	for i := range o.Profiles {
		name := o.Profiles[i].SchedulerName
		live := o.Scheduler.Profiles[name]
		if live == nil || !hasOurs(live) {
			continue
		}
		made, err := p.framework(ctx, registry, live, o.Profiles[i].PluginConfig)
		if err != nil {
			return nil, fmt.Errorf("making the framework that proves homes for profile %s: %w", name, err)
		}
		p.frameworks[name] = made
		if p.first == "" {
			p.first = name
		}
	}
	return p, nil
}

// registry has all plugins of the scheduler, with ours as it answers about imagined
// clusters.
func (p *Prover) registry(others []kubescheduler.Option) (frameworkruntime.Registry, error) {
	registry := plugins.NewInTreeRegistry()
	for _, add := range others {
		if err := add(registry); err != nil {
			return nil, fmt.Errorf("registering a plugin for proofs of homes: %w", err)
		}
	}
	return registry, registry.Register(telemetry.Name, p.shared.WhatIf(p.whatIf))
}

func hasOurs(f framework.Framework) bool {
	return slices.ContainsFunc(f.ListPlugins().Filter.Enabled, func(one config.Plugin) bool { return one.Name == telemetry.Name })
}

// framework makes a framework that filters as a live one does, and does nothing else. The
// plugin that sorts the queue and the one that binds are there because every framework
// needs them.
func (p *Prover) framework(ctx context.Context, registry frameworkruntime.Registry, live framework.Framework, args []config.PluginConfig) (framework.Framework, error) {
	all := live.ListPlugins()
	profile := &config.KubeSchedulerProfile{
		SchedulerName: live.ProfileName() + suffix,
		Plugins:       &config.Plugins{QueueSort: all.QueueSort, PreFilter: all.PreFilter, Filter: all.Filter, Bind: all.Bind},
		PluginConfig:  args,
	}
	return frameworkruntime.NewFramework(ctx, registry, profile,
		frameworkruntime.WithClientSet(live.ClientSet()),
		frameworkruntime.WithKubeConfig(live.KubeConfig()),
		frameworkruntime.WithInformerFactory(live.SharedInformerFactory()),
		frameworkruntime.WithSharedDRAManager(live.SharedDRAManager()),
		frameworkruntime.WithSharedCSIManager(live.SharedCSIManager()),
		frameworkruntime.WithPodGroupManager(live.PodGroupManager()),
		frameworkruntime.WithPodNominator(p.sched.SchedulingQueue),
		frameworkruntime.WithSnapshotSharedLister(p.lister),
	)
}

// frameworkOf returns the framework that proves homes of a pod.
func (p *Prover) frameworkOf(pod *v1.Pod) framework.Framework {
	if own, found := p.frameworks[pod.Spec.SchedulerName]; found {
		return own
	}
	return p.frameworks[p.first]
}

// Look copies the cluster as it is now. It returns nil before the first Board.
func (p *Prover) Look() *Sight {
	account := p.shared.InFlight().Account()
	if account.Board() == nil {
		return nil
	}
	return &Sight{prover: p, account: account, base: p.dump(), pending: p.pending(), held: p.holds.All()}
}

// Need returns what a pod is judged by under a Board.
func (p *Prover) Need(pod *v1.Pod, board *engine.Board) inflight.Units {
	units, _ := p.shared.NeedOf(pod, board)
	return units
}

// Owner returns what made a pod, at the top.
func (p *Prover) Owner(pod *v1.Pod) inflight.Owner { return p.shared.Owner(pod) }
