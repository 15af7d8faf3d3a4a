package app

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/klog/v2"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"
	"k8s.io/kubernetes/pkg/scheduler"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// prover is a home.Prover as the descheduler sees it. Without one no home is ever proved.
type prover struct{ *home.Prover }

// Look implements descheduler.Prover.
func (p prover) Look() descheduler.Sight {
	if p.Prover == nil {
		return nil
	}
	if sight := p.Prover.Look(); sight != nil {
		return sight
	}
	return nil // a nil pointer would not be a nil interface
}

// Need implements descheduler.Prover.
func (p prover) Need(pod *corev1.Pod, board *engine.Board) inflight.Units {
	if p.Prover == nil {
		return inflight.Units{}
	}
	return p.Prover.Need(pod, board)
}

// newProver makes what proves homes. It is made for every scheduler, as it has to be there
// before the informers start; where that fails everything else goes on, because rules with
// evict may never come. That is so where plugins are registered past WithPlugin.
func (a *Assembly) newProver(ctx context.Context, cc *schedulerconfig.CompletedConfig, sched *scheduler.Scheduler) prover {
	made, err := home.New(ctx, home.Options{
		Scheduler: sched, Profiles: slices.Clone(cc.ComponentConfig.Profiles), Others: a.others, Shared: a.shared,
	})
	if err != nil {
		klog.FromContext(ctx).Error(err, "No homes can be proved for pods, so that rules with evict move none; plugins of your own have to be told to this program with WithPlugin")
		return prover{}
	}
	return prover{made}
}

// newDescheduler returns the options of the loop that moves pods, but for what is only
// known once there are rules.
func (a *Assembly) newDescheduler(cc *schedulerconfig.CompletedConfig, c *clients, proves prover) *descheduler.Options {
	said, ours := a.shared.Args(), cc.ComponentConfig.LeaderElection
	calls := &descheduler.APICalls{Client: c.evictions, Namespace: ours.ResourceNamespace, Name: ours.ResourceName}
	if cc.LeaderElection != nil {
		calls.Identity = cc.LeaderElection.Lock.Identity()
	}
	return &descheduler.Options{
		Eviction: &said.Eviction, Prover: proves, Watching: c.watching, Calls: calls, Holds: a.shared.Holds(),
		Cluster: a.facts(cc.InformerFactory, protected(said, ours.ResourceNamespace)),
		Pods:    cc.InformerFactory.Core().V1().Pods().Lister(), Nodes: cc.InformerFactory.Core().V1().Nodes().Lister(),
		Recorder: cc.EventBroadcaster.NewRecorder(component),
	}
}

// facts is where those about pods come from. All informers but two are the scheduler's
// own.
func (a *Assembly) facts(factory informers.SharedInformerFactory, protected map[string]bool) facts.Cluster {
	core, apps := factory.Core().V1(), factory.Apps().V1()
	return facts.Cluster{
		Namespaces: core.Namespaces().Lister(), Controllers: core.ReplicationControllers().Lister(),
		ReplicaSets: apps.ReplicaSets().Lister(), StatefulSets: apps.StatefulSets().Lister(),
		Budgets: factory.Policy().V1().PodDisruptionBudgets().Lister(),
		Facts:   a.shared.Oracle(factory).Facts, Owner: a.shared.Owner, Use: a.shared.InFlight().Use,
		Ours: a.shared.Ours, Protected: protected,
	}
}

// protected are the namespaces of which no pod is moved: those that the operator says,
// ours, and those that serve a source.
func protected(said *args.Args, ours string) map[string]bool {
	out := map[string]bool{ours: true}
	for _, namespace := range said.Eviction.ProtectedNamespaces {
		out[namespace] = true
	}
	for i := range said.Sources {
		if namespace := namespaceOf(said.Sources[i].URL); namespace != "" {
			out[namespace] = true
		}
	}
	return out
}

// namespaceOf returns the namespace of the Service that a URL names: service.namespace,
// service.namespace.svc, or more of it; empty where it names none.
func namespaceOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) == 2 || len(labels) > 2 && labels[2] == "svc" {
		return labels[1]
	}
	return ""
}
