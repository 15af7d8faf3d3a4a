package api

import (
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// asks returns a pod as one that asks this scheduler, and a note where it asks somebody
// else.
func (s *Server) asks(pod *v1.Pod) (*v1.Pod, []string) {
	ours := s.opts.Profiles()
	if len(ours) == 0 || slices.Contains(ours, pod.Spec.SchedulerName) {
		return pod, nil
	}
	as := *pod
	as.Spec.SchedulerName = ours[0]
	return &as, []string{fmt.Sprintf("the pod asks the scheduler %q, which is not this one, or a profile of it without the plugin %s, so that no rule keeps the pod off: this is what would be with schedulerName: %s",
		pod.Spec.SchedulerName, args.PluginName, ours[0])}
}

// unfit notes how many of the nodes that take the pod are none for it.
func unfit(answers []inquiry.NodeAnswer) []string {
	var take, none int
	for a := range pointers(answers) {
		if !a.Kept {
			take++
			if a.Unfit {
				none++
			}
		}
	}
	if none == 0 {
		return nil
	}
	return []string{fmt.Sprintf("of the %d nodes that take the pod by telemetry, its nodeSelector, node affinity or tolerations leave %d", take, take-none)}
}

// silenced says what rules that are silenced on a node would say of the pod.
func silenced(q *inquiry.Inquiry, a *inquiry.NodeAnswer) (out []v1alpha1.SilencedRule) {
	for _, s := range q.Silenced(a) {
		rule := v1alpha1.SilencedRule{Rule: s.Rule.String(), Without: takes, Says: s.Sentence}
		if s.Kind != "" {
			rule.Without = string(s.Kind)
		}
		out = append(out, rule)
	}
	return out
}
