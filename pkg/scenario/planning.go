package scenario

import (
	corev1 "k8s.io/api/core/v1"
	appslisters "k8s.io/client-go/listers/apps/v1"
	batchlisters "k8s.io/client-go/listers/batch/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	policylisters "k8s.io/client-go/listers/policy/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/ground"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// planned is what would leave at one time.
type planned struct {
	*ground.Ground
	plan  plan.Plan
	homes *homes
}

// plan plans as the loop of evictions does, with nothing remembered; once for each Board.
func (w *world) plan() *planned {
	if w.planned == nil {
		w.planned = w.newPlan()
	}
	return w.planned
}

func (w *world) newPlan() *planned {
	g := ground.Of(w.clock(), w.board, &w.eviction)
	h, cluster := newHomes(w, g), w.cluster()
	for i := range g.Sources {
		s := &g.Sources[i]
		s.Pods = cluster.Pods(g.Now, g.Board, h.pods[s.Node], g.PodPolicies(s))
	}
	in := g.In(&w.eviction)
	in.Disruptions, in.Prove = cluster.Disruptions(), h.prove
	return &planned{g, plan.Make(in), h}
}

// of returns the plan of a node; nil where no rule that evicts fires there.
func (p *planned) of(node string) *plan.NodePlan {
	for i := range p.plan.Nodes {
		if p.plan.Nodes[i].Node == node {
			return &p.plan.Nodes[i]
		}
	}
	return nil
}

// cluster is where facts about pods come from.
func (w *world) cluster() *facts.Cluster {
	controllers, sets, deployments, stateful, jobs := newStoreOf(), newStoreOf(), newStoreOf(), newStoreOf(), newStoreOf()
	budgets := newStoreOf()
	for _, b := range w.budgets {
		_ = budgets.Add(b)
	}
	for _, o := range w.owners() { // nothing fails to be added that has a name
		switch o.kind {
		case "Deployment":
			_ = deployments.Add(o.deployment())
			_ = sets.Add(o.replicaSet())
		case "ReplicaSet":
			_ = sets.Add(o.replicaSet())
		case "StatefulSet":
			_ = stateful.Add(o.statefulSet())
		case "ReplicationController":
			_ = controllers.Add(o.controller())
		case "Job":
			_ = jobs.Add(o.job())
		}
	}
	return &facts.Cluster{
		Namespaces: w.oracle.Namespaces, Controllers: corelisters.NewReplicationControllerLister(controllers),
		ReplicaSets: appslisters.NewReplicaSetLister(sets), Deployments: appslisters.NewDeploymentLister(deployments),
		StatefulSets: appslisters.NewStatefulSetLister(stateful), Jobs: batchlisters.NewJobLister(jobs),
		Budgets: policylisters.NewPodDisruptionBudgetLister(budgets),
		Facts:   w.oracle.Facts, Owner: ownerOf, Use: w.ledger.Use,
		Ours:      func(scheduler string) bool { return scheduler == schedulerName },
		Protected: w.protected,
	}
}

func ownerOf(pod *corev1.Pod) inflight.Owner { return inflight.Owner(inquiry.ControllerOf(pod).UID) }
