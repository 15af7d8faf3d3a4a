package checks

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// asks is a pod that waits for a scheduler.
func asks(name, scheduler string, owner *metav1.OwnerReference, conditions ...corev1.PodCondition) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta("web", name), Spec: corev1.PodSpec{SchedulerName: scheduler}, Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: conditions}}
	if owner != nil {
		p.OwnerReferences = []metav1.OwnerReference{*owner}
	}
	return p
}

func by(kind, name string) *metav1.OwnerReference {
	yes := true
	return &metav1.OwnerReference{Kind: kind, Name: name, Controller: &yes}
}

func TestEverySchedulerNameIsServed(t *testing.T) {
	set := &appsv1.ReplicaSet{ObjectMeta: meta("web", "shop-1")}
	set.OwnerReferences = []metav1.OwnerReference{*by("Deployment", "shop")}
	told := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse}
	c := configured(t, with(
		asks("ours", ns, nil), asks("plain", "default-scheduler", nil), asks("theirs", "volcano", nil), asks("told", "unknown", nil, told),
		&coordinationv1.Lease{ObjectMeta: meta("volcano-system", "volcano")}), "{}")
	bound := asks("bound", "doktor", nil)
	bound.Spec.NodeName = "n"
	examine(t, schedulerNames, map[string]patient{
		"profiles, the cluster's own, the names of leases, and who was seen by somebody": {cluster: c},
		"a pod that has a node needs nobody":                                             {cluster: with(bound)},
		"a pod of its own is replaced": {cluster: with(asks("p", "telemetry-schedular", nil)), want: []string{
			"error: 1 pod waits: pod/p -n web names the scheduler \"telemetry-schedular\", and nobody serves it\nkubectl get pod p -n web -o yaml | sed 's/^  schedulerName: .*/  schedulerName: telemetry-scheduler/' | kubectl replace --force -f -"}},
		"of a Deployment the template is mended, once": {cluster: with(set, asks("a", "telemetry-shceduler", by("ReplicaSet", "shop-1")), asks("b", "telemetry-shceduler", by("ReplicaSet", "shop-1"))), want: []string{
			"error: 2 pods wait: deployment/shop -n web names the scheduler \"telemetry-shceduler\", and nobody serves it\nkubectl patch deployment shop -n web -p '{\"spec\":{\"template\":{\"spec\":{\"schedulerName\":\"telemetry-scheduler\"}}}}'"}},
		"a name that is like none is for a person to decide": {cluster: with(asks("p", "volcano", nil)), want: []string{
			"error: 1 pod waits: pod/p -n web names the scheduler \"volcano\", and nobody serves it\nkubectl get pods -n web --field-selector=status.phase=Pending"}},
		"of a Job nothing mends it": {cluster: with(asks("a", "x", by("Job", "j"))), want: []string{
			"error: 1 pod waits: Job/j -n web names the scheduler \"x\", and nobody serves it\nkubectl get pods -n web --field-selector=status.phase=Pending"}},
	})
}

func TestTheNearestName(t *testing.T) {
	among := []string{"plain", "telemetry-scheduler", "telemetry-batch"}
	for name, want := range map[string]string{"telemetry-schedular": "telemetry-scheduler", "telemetry-bach": "telemetry-batch", "plian": "plain"} {
		if got, near := nearest(name, among); got != want || !near {
			t.Errorf("nearest to %s is %s (%t), want %s", name, got, near, want)
		}
	}
	for _, name := range []string{"volcano", "x", "kueue-scheduler"} {
		if got, near := nearest(name, among); near {
			t.Errorf("%s is taken for %s", name, got)
		}
	}
}
