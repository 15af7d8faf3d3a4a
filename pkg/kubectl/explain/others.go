package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// others is what came of the last try to place a pod.
type others struct {
	// Said are the reasons of plugins other than telemetry's, with how many nodes each
	// keeps the pod off.
	Said []string `json:"said"`
	// Message is all of what the scheduler said.
	Message string `json:"message"`
	// At is when it first said so; absent where that is not known.
	At time.Time `json:"at,omitzero"`
}

// othersOf reads what the scheduler said of a pod that waits; nil of one that does not, or
// that it has not tried yet.
func othersOf(ctx context.Context, core corev1client.CoreV1Interface, about v1alpha1.Pod, groups []v1alpha1.Group) (*others, error) {
	if about.Node != "" {
		return nil, nil
	}
	pod, err := core.Pods(about.Namespace).Get(ctx, about.Name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	message, at := condition(pod)
	if message == "" && pod.Spec.NodeName == "" {
		if message, at, err = event(ctx, core, pod); err != nil {
			return nil, err
		}
	}
	if message == "" {
		return nil, nil
	}
	return &others{Said: notTelemetry(message, groups), Message: message, At: at.UTC()}, nil
}

// condition returns why a pod is not scheduled.
func condition(pod *corev1.Pod) (string, time.Time) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Message != "" {
			return c.Message, c.LastTransitionTime.Time
		}
	}
	return "", time.Time{}
}

// event returns the newest Event of a scheduling that failed.
func event(ctx context.Context, core corev1client.CoreV1Interface, pod *corev1.Pod) (string, time.Time, error) {
	of := fields.Set{"involvedObject.uid": string(pod.UID), "reason": "FailedScheduling"}
	found, err := core.Events(pod.Namespace).List(ctx, metav1.ListOptions{FieldSelector: of.String()})
	if err != nil || len(found.Items) == 0 {
		return "", time.Time{}, err
	}
	last := slices.MaxFunc(found.Items, func(a, b corev1.Event) int { return timeOf(&a).Compare(timeOf(&b)) })
	return last.Message, timeOf(&last), nil
}

func timeOf(e *corev1.Event) time.Time {
	if e.Series != nil {
		return e.Series.LastObservedTime.Time
	}
	if !e.LastTimestamp.IsZero() {
		return e.LastTimestamp.Time
	}
	return e.EventTime.Time
}

// notTelemetry takes apart what kube-scheduler puts together: "0/9 nodes are available: 3
// this, 6 that. preemption: …", the reasons in any order. It leaves out those of
// telemetry, which the answer has with their numbers.
func notTelemetry(message string, groups []v1alpha1.Group) []string {
	out := []string{}
	_, reasons, found := strings.Cut(message, " nodes are available: ")
	if !found {
		return append(out, message)
	}
	reasons, preemption, _ := strings.Cut(reasons, ". preemption: ")
	for _, g := range groups {
		reasons = without(reasons, g.Reason)
	}
	for reason := range strings.SplitSeq(strings.TrimSuffix(reasons, "."), ", ") {
		if reason != "" && !ofTelemetry(reason) {
			out = append(out, reason)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(nodesIn(b), nodesIn(a)) })
	if preemption != "" {
		out = append(out, "preemption: "+strings.TrimSuffix(preemption, "."))
	}
	return out
}

// without removes "N reason" from reasons.
func without(reasons, reason string) string {
	if before, after, found := strings.Cut(reasons, " "+reason); found && reason != "" {
		before = strings.TrimRight(before, "0123456789")
		return strings.TrimSuffix(before, ", ") + after
	}
	return reasons
}

// ofTelemetry knows what telemetry said of rules that say something else by now.
func ofTelemetry(reason string) bool {
	return strings.Contains(reason, "node(s) broke telemetry rule ") || strings.Contains(reason, "node(s) would break telemetry rule ") ||
		strings.Contains(reason, "node(s) had unknown telemetry for rule ")
}

// nodesIn is how many nodes a reason is about.
func nodesIn(reason string) (n int) {
	_, _ = fmt.Sscanf(reason, "%d", &n) // 0 where it does not say
	return n
}
