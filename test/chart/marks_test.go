package chart

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

const marking = "marks: {enabled: true}"

// TestNothingWritesToNodesUnlessItIsTold holds what the default promises.
func TestNothingWritesToNodesUnlessItIsTold(t *testing.T) {
	for key := range usual("").render(t) {
		if strings.Contains(key, "marks") {
			t.Errorf("%s is there", key)
		}
	}
}

// TestWhoMarksNodesMayDoNothingElse names all rights of the account, in its namespace too.
func TestWhoMarksNodesMayDoNothingElse(t *testing.T) {
	w := usual(marking).render(t)
	cluster := get[*rbacv1.ClusterRole](t, w, "ClusterRole /"+ours+"-marks").Rules
	athome := get[*rbacv1.Role](t, w, "Role "+ours+"/"+ours+"-marks").Rules
	want := []string{
		"create events.events.k8s.io", "create subjectaccessreviews.authorization.k8s.io", "create tokenreviews.authentication.k8s.io",
		"list nodes", "patch events.events.k8s.io", "patch nodes", "watch nodes",
	}
	if diff := cmp.Diff(want, beyond(cluster, nil)); diff != "" {
		t.Errorf("everywhere (-want +got):\n%s", diff)
	}
	want = []string{"create leases.coordination.k8s.io", "get leases.coordination.k8s.io", "list configmaps", "update leases.coordination.k8s.io", "watch configmaps"}
	if diff := cmp.Diff(want, beyond(athome, nil)); diff != "" {
		t.Errorf("in its namespace (-want +got):\n%s", diff)
	}
	for key, o := range w {
		if b, binds := o.(*rbacv1.ClusterRoleBinding); binds && b.RoleRef.Name == ours+"-marks" && (len(b.Subjects) != 1 || b.Subjects[0].Name != ours+"-marks") {
			t.Errorf("%s gives the role to %v", key, b.Subjects)
		}
	}
}

// TestThePodsThatMarkAreNotTheSchedulers: its Deployment, budget and Services count pods by labels.
func TestThePodsThatMarkAreNotTheSchedulers(t *testing.T) {
	w := usual(marking + "\nmonitor: {kind: ServiceMonitor}").render(t)
	pods := get[*appsv1.Deployment](t, w, "Deployment "+ours+"/"+ours+"-marks").Spec.Template
	job := get[*batchv1.Job](t, w, "Job "+ours+"/"+ours+"-marks-cleanup").Spec.Template
	selector, err := metav1.LabelSelectorAsSelector(get[*appsv1.Deployment](t, w, deployment).Spec.Selector)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []corev1.PodTemplateSpec{pods, job} {
		if selector.Matches(labels.Set(p.Labels)) {
			t.Errorf("the scheduler's selector matches %v", p.Labels)
		}
		if p.Spec.ServiceAccountName != ours+"-marks" {
			t.Errorf("a pod has the account %q", p.Spec.ServiceAccountName)
		}
	}
}

// TestMarksDoNotKeepOffWhatTakesThemAway: the hook's pod tolerates them, and only that one, which lives for seconds.
func TestMarksDoNotKeepOffWhatTakesThemAway(t *testing.T) {
	w := usual(marking + "\ntolerations: [{key: infra}]").render(t)
	infra := corev1.Toleration{Key: "infra"}
	every := corev1.Toleration{Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}
	never := func(key string) corev1.Toleration {
		return corev1.Toleration{Key: key, Value: "never", Effect: corev1.TaintEffectNoExecute}
	}
	hook := []corev1.Toleration{infra, every, never(corev1.TaintNodeNotReady), never(corev1.TaintNodeUnreachable)}
	if diff := cmp.Diff(hook, get[*batchv1.Job](t, w, "Job "+ours+"/"+ours+"-marks-cleanup").Spec.Template.Spec.Tolerations); diff != "" {
		t.Errorf("the hook's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]corev1.Toleration{infra}, get[*appsv1.Deployment](t, w, "Deployment "+ours+"/"+ours+"-marks").Spec.Template.Spec.Tolerations); diff != "" {
		t.Errorf("those that mark (-want +got):\n%s", diff)
	}
}

// TestTheArgumentsOfWhatMarksAreFlags hands them to the program, as well as those of the hook.
func TestTheArgumentsOfWhatMarksAreFlags(t *testing.T) {
	w := usual("marks: {enabled: true, remove: true, minInterval: 2m, maxTainted: 10, nodesPerSecond: 0.5, staleAfter: 5m}").render(t)
	for _, args := range [][]string{
		get[*appsv1.Deployment](t, w, "Deployment "+ours+"/"+ours+"-marks").Spec.Template.Spec.Containers[0].Args,
		get[*batchv1.Job](t, w, "Job "+ours+"/"+ours+"-marks-cleanup").Spec.Template.Spec.Containers[0].Args,
	} {
		cmd, flags, err := app.NewSchedulerCommand().Find(args)
		if err != nil || !strings.HasPrefix(cmd.CommandPath(), "telemetry-scheduler marks") {
			t.Fatalf("%v is the command %q, %v", args, cmd.CommandPath(), err)
		}
		if err := cmd.ParseFlags(flags); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestThePolicyNamesEveryFieldOfNodes fails where a newer Kubernetes gives nodes a field of
// which the policy does not say that it may not be changed.
func TestThePolicyNamesEveryFieldOfNodes(t *testing.T) {
	p := get[*admissionv1.ValidatingAdmissionPolicy](t, usual(marking).render(t), "ValidatingAdmissionPolicy /"+ours+"-marks")
	var said strings.Builder
	for _, v := range p.Spec.Validations {
		said.WriteString(v.Expression + "\n")
	}
	for field := range reflect.TypeFor[corev1.NodeSpec]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, of := range []string{"object", "oldObject"} {
			compared := regexp.MustCompile(`\b` + of + `\.\?spec\.\?` + name + `\b`)
			if name != "taints" && !compared.MatchString(said.String()) {
				t.Errorf("nothing is said of spec.%s of %s", name, of)
			}
		}
	}
	if *p.Spec.FailurePolicy != admissionv1.Fail {
		t.Error("what cannot be evaluated is let through")
	}
}

// TestTheCleanupRunsOnTaintedNodes is for a cluster in which every node that it may run on has
// one of our taints, whatever its key.
func TestTheCleanupRunsOnTaintedNodes(t *testing.T) {
	w := usual(marking + "\ntolerations: [{key: a, operator: Exists}]").render(t)
	pod := get[*batchv1.Job](t, w, "Job "+ours+"/"+ours+"-marks-cleanup").Spec.Template.Spec
	for _, key := range []string{"a", "telemetry-scheduler.io/heat"} {
		taint := corev1.Taint{Key: key, Value: ours + "-marks", Effect: corev1.TaintEffectNoSchedule}
		if !slices.ContainsFunc(pod.Tolerations, func(to corev1.Toleration) bool { return to.ToleratesTaint(klog.Background(), &taint, false) }) {
			t.Errorf("it does not tolerate %s: %v", taint.ToString(), pod.Tolerations)
		}
	}
}
