package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// relieving is a rule that moves pods off nodes of the pool that stay hot for some seconds.
func (r *release) relieving() string {
	return document(strings.Replace(r.blocking("relieve", "metric: memory, above: 90%, clear: 85%", "for: 1s"), "block: {}", "block: {}, evict: {after: 2s}", 1))
}

// enforcing reads the kubelets each second, and moves what rules with evict want moved
// without the patience that is right for clusters.
func (r *release) enforcing(mode string) replacement {
	return sources(fmt.Sprintf("- {name: kubelets, type: Kubelet, interval: 1s, caFile: %s}", filepath.Join(r.bed.Dir, "ca.crt")), "minInterval: 1s", "builtin: kubelets",
		"eviction: {mode: "+mode+", cooldown: 1s, minPodAge: 0s, holdFor: 1m, limits: {perHour: {node: 9, owner: 9, namespace: 9, total: 9}}}")
}

// replicaOf is the template of pods that use 10 of the 64 GiB that a node has, and request 8,
// and one of 16 cores.
func (r *release) replicaOf(name string) corev1.PodTemplateSpec {
	grace := int64(30)
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}, Annotations: map[string]string{"kwok.x-k8s.io/usage-memory": "10Gi"}},
		Spec: corev1.PodSpec{
			SchedulerName: r.name, NodeSelector: map[string]string{pool: r.name}, TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourceCPU: resource.MustParse("1")},
			}}},
		},
	}
}

// deployment makes a Deployment of two replicas, and returns its name once they run.
func (r *release) deployment(name string) string {
	r.t.Helper()
	name = r.name + "-" + name
	_, err := r.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault).Create(r.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       appsv1.DeploymentSpec{Replicas: new(int32(2)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}, Template: r.replicaOf(name)},
	}, metav1.CreateOptions{})
	r.must(err)
	r.replicasRun(name)
	return name
}

// statefulSet is deployment for a StatefulSet.
func (r *release) statefulSet(name string) string {
	r.t.Helper()
	name = r.name + "-" + name
	_, err := r.bed.Client.AppsV1().StatefulSets(metav1.NamespaceDefault).Create(r.t.Context(), &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       appsv1.StatefulSetSpec{Replicas: new(int32(2)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}, Template: r.replicaOf(name)},
	}, metav1.CreateOptions{})
	r.must(err)
	r.replicasRun(name)
	return name
}

// replicasRun waits until two replicas run and none is on its way out.
func (r *release) replicasRun(app string) []corev1.Pod {
	r.t.Helper()
	return r.runOf(app, 2)
}

// runOf is replicasRun for another number.
func (r *release) runOf(app string, count int) (pods []corev1.Pod) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		list, err := r.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
		if err != nil {
			return err
		}
		pods = list.Items
		for i := range pods {
			if pods[i].Status.Phase != corev1.PodRunning || pods[i].DeletionTimestamp != nil {
				return fmt.Errorf("pod %s is %s", pods[i].Name, pods[i].Status.Phase)
			}
		}
		if len(pods) != count {
			return fmt.Errorf("%s has %d pods", app, len(pods))
		}
		return nil
	})
	return pods
}

// heat brings a node to 59 of 64 GiB, whatever else is there.
func (r *release) heat(node string) { r.bringTo(node, 59) }

// bringTo brings the use of a node to so many GiB.
func (r *release) bringTo(node string, gib int64) {
	r.t.Helper()
	used, err := r.bed.MemoryInUse(r.t.Context())
	r.must(err)
	eaten := int64(0)
	if eater, err := r.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Get(r.t.Context(), "eater-"+node, metav1.GetOptions{}); err == nil {
		was := resource.MustParse(eater.Annotations["kwok.x-k8s.io/usage-memory"])
		eaten = was.Value()
	}
	r.use(fmt.Sprint(gib<<30-used[node]+eaten), node)
}

// patchNode changes a node as a strategic merge does.
func (r *release) patchNode(node string, change map[string]any) {
	r.t.Helper()
	patch, err := json.Marshal(change)
	r.must(err)
	_, err = r.bed.Client.CoreV1().Nodes().Patch(r.t.Context(), node, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	r.must(err)
}

// evictions counts the calls of the Eviction API that the scheduler made, and how many
// were answered well.
func (r *release) evictions() (called, accepted int) {
	r.t.Helper()
	r.must(requests(r.bed.AuditLog(), r.account(), func(q request) {
		if q.User.Username != r.account() || q.ObjectRef.Subresource != "eviction" {
			return
		}
		if called++; q.ResponseStatus.Code < 300 {
			accepted++
		}
	}))
	return called, accepted
}

// wantEvictions makes sure that so many calls were made until now, and none in vain.
func (r *release) wantEvictions(want int) {
	r.t.Helper()
	if called, accepted := r.evictions(); called != want || accepted != want {
		r.t.Errorf("the Eviction API was called %d times and %d pods were let go; it should be %d", called, accepted, want)
	}
}

// withheld waits until the loop says of one node that a reason holds it back.
func (r *release) withheld(reason string) {
	r.t.Helper()
	r.metric(1, "telemetry_scheduler_evictions_withheld", "reason", reason)
}

// ended waits until that many moves ended in a way.
func (r *release) ended(outcome string, moves float64) {
	r.t.Helper()
	r.metric(moves, "telemetry_scheduler_evictions_total", "rule", "relieve", "outcome", outcome)
	r.metric(0, "telemetry_scheduler_moves_under_way")
}

// homeIn reads the node that an Event says is proved to be a home.
func homeIn(note string) string {
	_, after, _ := strings.Cut(note, "node ")
	for {
		if name, rest, found := strings.Cut(after, " "); strings.HasPrefix(rest, "is proved to be a home") {
			return name
		} else if !found {
			return ""
		}
		_, after, _ = strings.Cut(after, "node ")
	}
}
