package api

import (
	"cmp"
	"slices"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// judged returns a pod as plans see it; nil where nobody knows.
func (r *request) judged(pod *v1.Pod) *plan.Pod {
	if r.moves == nil || r.moves.Judge == nil || pod.Spec.NodeName == "" || pod.UID == "" {
		return nil
	}
	if out, runs := r.moves.Judge(r.now, pod); runs {
		return &out
	}
	return nil
}

// evictable says which rules may move a pod, and why others may not: first what a rule has
// against it, and then what keeps it whatever rules say.
func (r *request) evictable(pod *v1.Pod) *v1alpha1.Evictable {
	p := r.judged(pod)
	if p == nil {
		return nil
	}
	out := &v1alpha1.Evictable{}
	for rule := range pointers(r.moves.Rules) {
		if why, governed := p.Governed[rule.Key]; governed {
			enter(out, p, rule.Key, cmp.Or(why, p.Refusal))
		}
	}
	if len(p.Governed) == 0 && p.Refusal != "" {
		out.Spared = append(out.Spared, sparedBecause(p, p.Refusal))
	}
	return out
}

// enter adds a rule that governs the pod.
func enter(into *v1alpha1.Evictable, p *plan.Pod, rule rules.Key, why plan.Reason) {
	if why == "" {
		into.Rules = append(into.Rules, rule.String())
		return
	}
	i := slices.IndexFunc(into.Spared, func(s v1alpha1.Spared) bool { return s.Reason == string(why) })
	if i < 0 {
		i, into.Spared = len(into.Spared), append(into.Spared, sparedBecause(p, why))
	}
	into.Spared[i].Rules = append(into.Spared[i].Rules, rule.String())
}

func sparedBecause(p *plan.Pod, why plan.Reason) v1alpha1.Spared {
	return v1alpha1.Spared{Reason: string(why), Says: p.Because(why)}
}
