package home

import (
	"cmp"
	"context"
	"slices"

	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// mostPending bounds how many pending pods are asked about a home: those that come first.
const mostPending = 50

// pending returns the pods that wait for a node, by priority and then by age.
func (p *Prover) pending() []*v1.Pod {
	out, _ := p.sched.SchedulingQueue.PendingPods()
	out = slices.DeleteFunc(slices.Clone(out), func(pod *v1.Pod) bool { return pod.DeletionTimestamp != nil || len(pod.Spec.SchedulingGates) > 0 })
	slices.SortFunc(out, func(a, b *v1.Pod) int {
		return cmp.Or(
			cmp.Compare(corev1helpers.PodPriority(b), corev1helpers.PodPriority(a)),
			a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
			cmp.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name),
		)
	})
	return out[:min(len(out), mostPending)]
}

// isClaimed reports whether a pending pod of no lower priority could take a node as it is
// imagined: it waited before whoever would be moved there.
func (s *Sight) isClaimed(ctx context.Context, info fwk.NodeInfo, mover *v1.Pod) bool {
	priority := corev1helpers.PodPriority(mover)
	return slices.ContainsFunc(s.pending, func(pod *v1.Pod) bool {
		return corev1helpers.PodPriority(pod) >= priority && s.wouldTake(ctx, info, pod)
	})
}

func (s *Sight) wouldTake(ctx context.Context, info fwk.NodeInfo, pod *v1.Pod) bool {
	f, state := s.prover.frameworkOf(pod), framework.NewCycleState()
	admitted, status, _ := f.RunPreFilterPlugins(ctx, state, pod)
	if !status.IsSuccess() || !admitted.AllNodes() && !admitted.NodeNames.Has(info.Node().Name) {
		return false
	}
	return f.RunFilterPluginsWithNominatedPods(ctx, state, pod, info).IsSuccess()
}
