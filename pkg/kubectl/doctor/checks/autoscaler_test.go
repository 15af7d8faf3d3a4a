package checks

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

func TestAutoscalersAreBlind(t *testing.T) {
	runs := func(name, image string) *appsv1.Deployment {
		d := &appsv1.Deployment{ObjectMeta: meta("kube-system", name)}
		d.Spec.Template.Spec.Containers = []corev1.Container{{Image: image}}
		return d
	}
	const blind = " runs, and knows nothing of rules: it simulates the filters of kube-scheduler by requests"
	waiting := asks("p", ns, nil, corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available: 3 node(s) broke telemetry rule hot (memory > 90 percent)."})
	examine(t, autoscaler, map[string]patient{
		"other programs are none":         {cluster: with(runs("scaler", "example.com/scaler:v1"))},
		"one is noted by its image":       {cluster: with(runs("ca", "registry.k8s.io/autoscaling/cluster-autoscaler:v1")), want: []string{"note: cluster-autoscaler" + blind}},
		"or by its name":                  {cluster: with(runs("karpenter", "controller:v1")), want: []string{"note: karpenter" + blind}},
		"it warns while pods wait for it": {cluster: with(runs("karpenter", "controller:v1"), waiting), want: []string{"warning: karpenter" + blind + "; 1 pod waits for telemetry now: web/p\nkubectl describe pod p -n web"}},
	})
}
