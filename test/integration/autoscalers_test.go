package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// scaled is a pool of four nodes with a Deployment that others scale, resize and drain while
// a rule moves its pods.
type scaled struct {
	*release
	pool testbed.Nodes
	web  string
	// resume lets ReplicaSets be scaled down again.
	resume func()
	// elders were measured before HPA began.
	elders []string
}

func (s *scaled) in(t *testing.T) *scaled {
	return &scaled{s.release.in(t), s.pool, s.web, s.resume, s.elders}
}

// TestAutoscalersAndRulesDoNotFight has the real HorizontalPodAutoscaler, on what
// metrics-server measures. What KEDA, VPA, Karpenter and spot handlers do is done here by the
// calls that they make.
func TestAutoscalersAndRulesDoNotFight(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "scaled")
	s := &scaled{release: r, pool: r.nodes(4)}
	s.must(s.bed.AddNodes(t.Context(), s.pool))
	s.write("rules", map[string]string{"relieve.yaml": s.relieving()})
	s.start(s.enforcing("Enforce"))
	s.judged("relieve", 4)
	s.web = s.deployment("web")
	s.measures(2)
	for _, pod := range s.pods() {
		s.elders = append(s.elders, pod.Name)
	}
	s.resume = s.onlyAfter()
	s.autoscale()
	tell(t, s,
		chapter[*scaled]{"HPA adds replicas and none of them comes to the node on which the rule fires", (*scaled).scalesUp},
		chapter[*scaled]{"a pod is moved and HPA leaves the number of replicas alone", (*scaled).movesOne},
		chapter[*scaled]{"while VPA resizes a pod it stays", (*scaled).resizes},
		chapter[*scaled]{"a pod that Karpenter must not disrupt stays", (*scaled).mustNotDisrupt},
		chapter[*scaled]{"while HPA scales down nothing is moved", (*scaled).scalesDown},
		chapter[*scaled]{"what is left is moved then", (*scaled).goesOn},
		chapter[*scaled]{"KEDA scales to zero and back, and the new replicas obey the rule", (*scaled).scalesToZero},
		chapter[*scaled]{"Karpenter removes a node, and nobody else moves pods off it", (*scaled).disrupts},
		chapter[*scaled]{"a spot instance is reclaimed, and nobody else moves pods off it", (*scaled).reclaims},
	)
}

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

func (s *scaled) scalesUp() {
	hot := s.with(func(pods []string) bool { return len(pods) == 0 })
	s.heat(hot)
	s.firing("relieve", 1)
	s.target("6Gi")
	s.wants(4)
	if with := nodesWith(s.runOf(s.web, 4)); with[hot] != 0 {
		s.t.Errorf("the replicas are on %v, and the rule fires on %s", with, hot)
	}
	s.wantEvictions(0)
	s.cool(hot)
}

func (s *scaled) movesOne() {
	hot := s.with(func(pods []string) bool { return len(pods) == 1 && s.hasElder(pods) })
	s.heat(hot)
	s.t.Log(s.event(s.web, "TelemetryEvicted", "leaves node "+hot).Note)
	s.ended("Relieved", 1)
	s.runOf(s.web, 4)
	s.wants(4)
	s.wantEvictions(1)
	s.cool(hot)
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

func (s *scaled) scalesDown() {
	hot := s.with(func(pods []string) bool { return len(pods) == 1 })
	s.target("20Gi")
	s.wants(2)
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: its owner is being scaled down").Note)
	s.wantEvictions(1)
}

// goesOn has the ReplicaSet delete pods of other nodes.
func (s *scaled) goesOn() {
	const cost = "controller.kubernetes.io/pod-deletion-cost"
	hot := s.with(func(pods []string) bool { return len(pods) == 1 })
	stays := s.on(hot)[0]
	s.annotate(stays, cost, "99")
	s.resume()
	s.annotate(stays, cost, "100") // which has the controller look again
	s.ended("Relieved", 2)
	s.runOf(s.web, 2)
	s.wants(2)
	s.wantEvictions(2)
	s.cool(hot)
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

func (s *scaled) scalesToZero() {
	hot := s.busy()
	s.scale(0)
	s.runOf(s.web, 0)
	s.heat(hot)
	s.firing("relieve", 1)
	s.scale(2)
	if with := nodesWith(s.runOf(s.web, 2)); with[hot] != 0 {
		s.t.Errorf("the replicas are on %v, and the rule fires on %s", with, hot)
	}
	s.wantEvictions(2)
	s.cool(hot)
}

// resizes has the API server resize the pods of a node, as VPA asks it to.
func (s *scaled) resizes() {
	hot := s.with(s.hasElder)
	pods := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	for _, name := range s.on(hot) {
		pod := s.kubeletSays(name, corev1.ConditionTrue)
		pod.Spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("9Gi")
		_, err := pods.UpdateResize(s.t.Context(), name, pod, metav1.UpdateOptions{})
		s.must(err)
	}
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: it is being resized").Note)
	s.wantEvictions(1)
	s.cool(hot)
	for _, name := range s.on(hot) {
		s.kubeletSays(name, corev1.ConditionFalse)
	}
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

func (s *scaled) disrupts() {
	gone := s.busy()
	s.taint(gone, "karpenter.sh/disrupted")
	s.heat(gone)
	s.withheld("Draining")
	s.drain(gone)
	s.must(s.bed.Client.CoreV1().Nodes().Delete(s.t.Context(), gone, metav1.DeleteOptions{}))
	s.metric(3, "telemetry_scheduler_rule_nodes", "rule", "relieve")
	s.firing("relieve", 0)
	s.wantEvictions(2)
}

func (s *scaled) mustNotDisrupt() {
	const annotation = "karpenter.sh/do-not-disrupt"
	hot := s.with(s.hasElder)
	for _, name := range s.on(hot) {
		s.annotate(name, annotation, "true")
	}
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: it is annotated not to be disrupted").Note)
	s.wantEvictions(1)
	s.cool(hot)
	for _, name := range s.on(hot) {
		s.annotate(name, annotation, "false")
	}
}

func (s *scaled) reclaims() {
	gone := s.busy()
	s.taint(gone, "aws-node-termination-handler/spot-itn")
	s.heat(gone)
	s.withheld("Draining")
	s.patchNode(gone, map[string]any{"spec": map[string]any{"unschedulable": true}})
	s.withheld("Cordoned")
	s.drain(gone)
	s.wantEvictions(2)
}

var _ teller[*scaled] = (*scaled)(nil)
