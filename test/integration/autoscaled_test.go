package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// autoscale wants 14 GiB of each replica, of which there are 2 to 4, and waits for nothing.
func (s *scaled) autoscale() {
	_, err := s.bed.Client.AutoscalingV2().HorizontalPodAutoscalers(metav1.NamespaceDefault).Create(s.t.Context(), &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: s.web},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: s.web},
			MinReplicas:    new(int32(2)), MaxReplicas: 4,
			Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
				Name: corev1.ResourceMemory, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: new(resource.MustParse("14Gi"))},
			}}},
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(0))}},
		},
	}, metav1.CreateOptions{})
	s.must(err)
}

// target changes how much each replica is to use. They use 10 GiB.
func (s *scaled) target(memory string) {
	s.t.Helper()
	patch := fmt.Appendf(nil, `[{"op": "replace", "path": "/spec/metrics/0/resource/target/averageValue", "value": %q}]`, memory)
	_, err := s.bed.Client.AutoscalingV2().HorizontalPodAutoscalers(metav1.NamespaceDefault).Patch(s.t.Context(), s.web, types.JSONPatchType, patch, metav1.PatchOptions{})
	s.must(err)
}

// pods are the replicas that there are now.
func (s *scaled) pods() []corev1.Pod {
	s.t.Helper()
	list, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + s.web})
	s.must(err)
	return list.Items
}

// nodesWith counts the replicas of each node.
func nodesWith(pods []corev1.Pod) map[string]int {
	out := map[string]int{}
	for _, pod := range pods {
		out[pod.Spec.NodeName]++
	}
	return out
}

// on are the replicas of a node.
func (s *scaled) on(node string) (names []string) {
	s.t.Helper()
	for _, pod := range s.pods() {
		if pod.Spec.NodeName == node {
			names = append(names, pod.Name)
		}
	}
	return names
}

// with is the first node of the pool whose replicas are as they should be.
func (s *scaled) with(fit func(pods []string) bool) string {
	s.t.Helper()
	for i := range s.pool.Count {
		if name := s.pool.Name(i); fit(s.on(name)) {
			return name
		}
	}
	s.t.Fatalf("no node is fit: the replicas are on %v", nodesWith(s.pods()))
	return ""
}

// busy is a node with a replica.
func (s *scaled) busy() string {
	s.t.Helper()
	return s.with(func(pods []string) bool { return len(pods) > 0 })
}

// hasElder reports whether one of some replicas was there before HPA began.
func (s *scaled) hasElder(pods []string) bool {
	return slices.ContainsFunc(pods, func(pod string) bool { return slices.Contains(s.elders, pod) })
}

// cool ends the heat of a node.
func (s *scaled) cool(node string) {
	s.t.Helper()
	s.use("1Gi", node)
	s.firing("relieve", 0)
}

// wants waits until the Deployment is to have so many replicas, and HPA agrees.
func (s *scaled) wants(replicas int32) {
	s.t.Helper()
	s.eventually(func(ctx context.Context) error {
		d, err := s.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault).Get(ctx, s.web, metav1.GetOptions{})
		if err != nil {
			return err
		}
		hpa, err := s.bed.Client.AutoscalingV2().HorizontalPodAutoscalers(metav1.NamespaceDefault).Get(ctx, s.web, metav1.GetOptions{})
		if err == nil && (*d.Spec.Replicas != replicas || hpa.Status.DesiredReplicas != replicas) {
			err = fmt.Errorf("the Deployment is to have %d replicas and HPA wants %d, and it should be %d", *d.Spec.Replicas, hpa.Status.DesiredReplicas, replicas)
		}
		return err
	})
}

// onlyAfter keeps ReplicaSets of the release from deleting pods until resume, so that scaling
// down takes long.
func (s *scaled) onlyAfter() (resume func()) {
	s.t.Helper()
	const controller = "system:serviceaccount:kube-system:replicaset-controller"
	resume = s.refuse("delete-"+s.name, "DELETE", "pods", fmt.Sprintf("!(request.name.startsWith(%q) && request.userInfo.username == %q)", s.web, controller))
	as, err := kubernetes.NewForConfig(s.bed.As(controller))
	s.must(err)
	probe := s.pods()[0].Name
	s.eventually(func(ctx context.Context) error {
		err := as.CoreV1().Pods(metav1.NamespaceDefault).Delete(ctx, probe, metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), "denied request") {
			return fmt.Errorf("deleting %s answers %w", probe, err)
		}
		return nil
	})
	return resume
}

// annotate sets an annotation of a pod.
func (s *scaled) annotate(pod, key, value string) {
	s.t.Helper()
	patch := fmt.Appendf(nil, `{"metadata": {"annotations": {%q: %q}}}`, key, value)
	_, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Patch(s.t.Context(), pod, types.MergePatchType, patch, metav1.PatchOptions{})
	s.must(err)
}

// scale is what KEDA does to the scale subresource. HPA rests while that is zero.
func (s *scaled) scale(replicas int32) {
	s.t.Helper()
	deployments := s.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault)
	scale, err := deployments.GetScale(s.t.Context(), s.web, metav1.GetOptions{})
	s.must(err)
	scale.Spec.Replicas = replicas
	_, err = deployments.UpdateScale(s.t.Context(), s.web, scale, metav1.UpdateOptions{})
	s.must(err)
}

// kubeletSays writes into a pod's status whether it is being resized, and what its container
// has, without which the API server would not believe that its node can do that. Simulated
// kubelets say neither.
func (s *scaled) kubeletSays(name string, resizing corev1.ConditionStatus) *corev1.Pod {
	s.t.Helper()
	pods := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	pod, err := pods.Get(s.t.Context(), name, metav1.GetOptions{})
	s.must(err)
	pod.Status.ContainerStatuses[0].Resources = &pod.Spec.Containers[0].Resources
	conditions := slices.DeleteFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodResizeInProgress })
	pod.Status.Conditions = append(conditions, corev1.PodCondition{Type: corev1.PodResizeInProgress, Status: resizing})
	pod, err = pods.UpdateStatus(s.t.Context(), pod, metav1.UpdateOptions{})
	s.must(err)
	return pod
}

// taint is what says that a node is about to go.
func (s *scaled) taint(node, key string) {
	s.t.Helper()
	s.patchNode(node, map[string]any{"spec": map[string]any{"taints": []corev1.Taint{{Key: key, Effect: corev1.TaintEffectNoSchedule}}}})
}

// drain evicts the replicas of a node, and waits until others run elsewhere.
func (s *scaled) drain(node string) {
	s.t.Helper()
	for _, name := range s.on(node) {
		s.must(s.bed.Client.PolicyV1().Evictions(metav1.NamespaceDefault).Evict(s.t.Context(),
			&policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault}}))
	}
	s.eventually(func(context.Context) error {
		if with := nodesWith(s.replicasRun(s.web)); with[node] != 0 {
			return errors.New("replicas are on " + node)
		}
		return nil
	})
}
