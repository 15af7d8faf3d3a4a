package integration

import (
	"context"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// deployLiars makes a Deployment, or scales it, whose pods use three times what they
// request.
func (s *flightStory) deployLiars(replicas int32) {
	s.t.Helper()
	labels := map[string]string{"app": s.name + "-liars"}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: labels["app"]}, Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{"kwok.x-k8s.io/usage-memory": "6Gi"}},
			Spec: corev1.PodSpec{
				SchedulerName: s.name, NodeSelector: map[string]string{corev1.LabelHostname: s.nodes.Name(liarsNode)},
				Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("2Gi")},
				}}},
			},
		},
	}}
	deployments := s.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault)
	_, err := deployments.Update(s.t.Context(), d, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = deployments.Create(s.t.Context(), d, metav1.CreateOptions{})
	}
	s.must(err)
}

// waitsBecause reports whether a pod was refused for a reason.
func waitsBecause(pod *corev1.Pod, reason string) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && strings.Contains(c.Message, reason) {
			return true
		}
	}
	return false
}

// refuseBinding has the API server refuse to bind a pod until admit is called.
func (r *release) refuseBinding(pod string) (admit func()) {
	r.t.Helper()
	admit = r.refuse("refuse-"+pod, admissionv1.Create, "pods/binding", fmt.Sprintf("request.name != %q", pod))
	r.eventually(func(ctx context.Context) error { return r.refusesToBind(ctx, pod) })
	return admit
}

// refuse has the API server refuse what does not fulfil a CEL expression, from some moment
// on, until admit is called.
func (r *release) refuse(name string, operation admissionv1.OperationType, resource, unless string) (admit func()) {
	r.t.Helper()
	meta := metav1.ObjectMeta{Name: name}
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: meta, Spec: admissionv1.ValidatingAdmissionPolicySpec{
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
			Operations: []admissionv1.OperationType{operation},
			Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{resource}},
		}}}},
		Validations: []admissionv1.Validation{{Expression: unless}},
	}}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: meta, Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: meta.Name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
	}}
	admission := r.bed.Client.AdmissionregistrationV1()
	_, err := admission.ValidatingAdmissionPolicies().Create(r.t.Context(), policy, metav1.CreateOptions{})
	r.must(err)
	_, err = admission.ValidatingAdmissionPolicyBindings().Create(r.t.Context(), binding, metav1.CreateOptions{})
	r.must(err)
	return func() {
		r.must(admission.ValidatingAdmissionPolicyBindings().Delete(r.t.Context(), meta.Name, metav1.DeleteOptions{}))
		r.must(admission.ValidatingAdmissionPolicies().Delete(r.t.Context(), meta.Name, metav1.DeleteOptions{}))
	}
}

// refusesToBind returns nil once the policy is in force, which comes before the
// question whether there is such a pod.
func (r *release) refusesToBind(ctx context.Context, pod string) error {
	to := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod}, Target: corev1.ObjectReference{Kind: "Node", Name: "nowhere"}}
	err := r.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Bind(ctx, to, metav1.CreateOptions{})
	if apierrors.IsNotFound(err) {
		return err
	}
	if err == nil || !strings.Contains(err.Error(), "denied request") {
		return fmt.Errorf("binding %s answers %w", pod, err)
	}
	return nil
}
