package api

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// exemptions say in words why rules do not govern a pod.
var exemptions = map[engine.Exemption]string{
	engine.ExemptSystemCritical:  "pods of a system-critical priority are governed by no rule",
	engine.ExemptStopButton:      "the pause ConfigMap lets every rule rest",
	engine.ExemptNoBlock:         "the rule has no action block",
	engine.ExemptDryRun:          "the rule is in dry run",
	engine.ExemptPaused:          "an annotation on the ConfigMap of the rule pauses it",
	engine.ExemptNamespace:       "the rule is one of another namespace",
	engine.ExemptDaemonSet:       "the pod is one of a DaemonSet, and the rule does not include those",
	engine.ExemptPriority:        "the pod's priority is above the rule's maxPodPriority",
	engine.ExemptPodLabels:       "the rule selects pods with other labels",
	engine.ExemptNamespaceLabels: "the rule selects namespaces with other labels",
	engine.ExemptIgnored:         "the pod ignores the rule by annotation",
}

// governance says which rules govern a pod, which of them give way, and why the others
// do not govern it.
func governance(q *inquiry.Inquiry) (governing, givingWay []string, exempt []v1alpha1.Exempt) {
	governing = []string{}
	for _, g := range q.Board.WhyGoverned(q.Facts) {
		if g.Exemption == "" {
			governing = append(governing, g.Rule.String())
			if g.Lenient {
				givingWay = append(givingWay, g.Rule.String())
			}
			continue
		}
		i := slices.IndexFunc(exempt, func(e v1alpha1.Exempt) bool { return e.Because == string(g.Exemption) })
		if i < 0 {
			i = len(exempt)
			exempt = append(exempt, v1alpha1.Exempt{Because: string(g.Exemption), Says: exemptions[g.Exemption]})
		}
		exempt[i].Rules = append(exempt[i].Rules, g.Rule.String())
	}
	return governing, givingWay, exempt
}

// violation returns the node where rules would give way to a pod.
func violation(q *inquiry.Inquiry, answers []inquiry.NodeAnswer) *v1alpha1.Violation {
	least, found := q.LeastViolating(answers)
	if !found {
		return nil
	}
	out := v1alpha1.Violation{Node: least.Node, Breaks: []v1alpha1.Break{}}
	for _, b := range least.Breaks {
		out.Breaks = append(out.Breaks, v1alpha1.Break{Rule: b.Rule.String(), Fires: b.Fires, Says: b.Sentence})
	}
	return &out
}
