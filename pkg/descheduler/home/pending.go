package home

import (
	"cmp"
	"context"
	"slices"

	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// mostPending bounds for how many pending pods a place is looked for: those that come first.
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

// arrive finds a place for each pod that waits, once a Sight: one that it could have now.
// It waited before whoever would be moved there, and takes one place, not all that it
// could. Who fits nowhere takes none, and neither do others of its owner.
func (s *Sight) arrive(ctx context.Context) {
	if s.arrived {
		return
	}
	s.arrived = true
	nowhere := map[inflight.Owner]bool{}
	for _, pod := range s.pending {
		owner := s.prover.Owner(pod)
		if owner != "" && nowhere[owner] {
			continue
		}
		if node := s.placeOf(ctx, pod); node != "" {
			s.arrivals = append(s.arrivals, Move{Replacement: pod, Node: node, Use: s.prover.Need(pod, s.Board())})
		} else {
			nowhere[owner] = true
		}
	}
}

// placeOf returns the first node that takes a pod beside those that come before it; empty
// where none does.
func (s *Sight) placeOf(ctx context.Context, pod *v1.Pod) string {
	s.imagine(s.arrivals, nil, engine.Amounts{})
	f, state := s.prover.frameworkOf(pod), framework.NewCycleState()
	admitted, status, _ := f.RunPreFilterPlugins(ctx, state, pod)
	if !status.IsSuccess() {
		return ""
	}
	for _, info := range s.prover.lister.all {
		if objection(info, admitted) == "" && f.RunFilterPluginsWithNominatedPods(ctx, state, pod, info).IsSuccess() {
			return info.Node().Name
		}
	}
	return ""
}

// before are the arrivals that come before a pod: those of no lower priority.
func (s *Sight) before(pod *v1.Pod) []Move {
	priority := corev1helpers.PodPriority(pod)
	first := slices.IndexFunc(s.arrivals, func(m Move) bool { return corev1helpers.PodPriority(m.Replacement) < priority })
	if first < 0 {
		return s.arrivals
	}
	return s.arrivals[:first]
}
