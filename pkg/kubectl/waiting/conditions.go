package waiting

import (
	"context"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// atOnce is how many pods are read at a time.
const atOnce = 500

// conditioned lists the pods of a namespace, or of all, whose condition names a rule.
func conditioned(ctx context.Context, core corev1client.CoreV1Interface, namespace string) (out []v1alpha1.WaitingPod, err error) {
	options := metav1.ListOptions{FieldSelector: "spec.nodeName=,status.phase=Pending", Limit: atOnce}
	for {
		list, err := core.Pods(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			if w, waits := conditionOf(&list.Items[i]); waits {
				out = append(out, w)
			}
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return out, nil
		}
	}
}

// reason finds the first reason of telemetry's among those of all plugins.
var reason = regexp.MustCompile(`node\(s\) (broke|would break|had unknown) telemetry (?:for )?rule ([^ ,]+)`)

var verdicts = map[string]engine.Kind{"broke": engine.Broke, "would break": engine.WouldBreak, "had unknown": engine.UnknownTelemetry}

// conditionOf reads what a scheduler wrote on a pod that has no node.
func conditionOf(p *corev1.Pod) (v1alpha1.WaitingPod, bool) {
	for _, c := range p.Status.Conditions {
		said := reason.FindStringSubmatch(c.Message)
		if c.Type != corev1.PodScheduled || c.Status != corev1.ConditionFalse || said == nil || p.Spec.NodeName != "" {
			continue
		}
		out := v1alpha1.WaitingPod{
			Namespace: p.Namespace, Name: p.Name, UID: string(p.UID), Scheduler: p.Spec.SchedulerName,
			Rule: said[2], Verdict: string(verdicts[said[1]]), Reason: c.Message, Since: c.LastTransitionTime.UTC(),
		}
		if p.Spec.Priority != nil {
			out.Priority = *p.Spec.Priority
		}
		return out, true
	}
	return v1alpha1.WaitingPod{}, false
}
