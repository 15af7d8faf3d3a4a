package testbed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Annotations that say what a pod uses; KWOK measures it.
const (
	usageCPU    = "kwok.x-k8s.io/usage-cpu"
	usageMemory = "kwok.x-k8s.io/usage-memory"
)

// Pod describes one pod. Empty fields leave things out.
type Pod struct {
	Name      string
	Namespace string // default by default
	Scheduler string // the cluster's own by default
	// Node binds the pod without a scheduler.
	Node string
	// CPU and Memory are requests, UsesCPU and UsesMemory what it really uses.
	CPU, Memory, UsesCPU, UsesMemory string
	Labels, Annotations              map[string]string
	// Change has the last word.
	Change func(*corev1.Pod)
}

// AddPod makes a pod.
func (b *Bed) AddPod(ctx context.Context, p Pod) (*corev1.Pod, error) {
	pod := p.Object()
	return b.Client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{})
}

// Object returns the pod as it is made.
func (p Pod) Object() *corev1.Pod {
	none := int64(0)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: p.Name, Namespace: orDefault(p.Namespace, metav1.NamespaceDefault), Labels: p.Labels,
			Annotations: map[string]string{},
		},
		Spec: corev1.PodSpec{
			SchedulerName: p.Scheduler, NodeName: p.Node, TerminationGracePeriodSeconds: &none,
			Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{Requests: p.requests()}}},
		},
	}
	maps.Copy(pod.Annotations, p.Annotations)
	set(pod.Annotations, usageCPU, p.UsesCPU)
	set(pod.Annotations, usageMemory, p.UsesMemory)
	if p.Change != nil {
		p.Change(pod)
	}
	return pod
}

func (p Pod) requests() corev1.ResourceList {
	list := corev1.ResourceList{}
	if p.CPU != "" {
		list[corev1.ResourceCPU] = resource.MustParse(p.CPU)
	}
	if p.Memory != "" {
		list[corev1.ResourceMemory] = resource.MustParse(p.Memory)
	}
	return list
}

func set(m map[string]string, key, value string) {
	if value != "" {
		m[key] = value
	}
}

// UseMemory changes what a pod of the default namespace uses.
func (b *Bed) UseMemory(ctx context.Context, pod, memory string) error {
	return b.Use(ctx, types.NamespacedName{Namespace: metav1.NamespaceDefault, Name: pod}, memory)
}

// Use changes what a pod uses.
func (b *Bed) Use(ctx context.Context, pod types.NamespacedName, memory string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{usageMemory: memory}}})
	if err != nil {
		return err
	}
	_, err = b.Client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// MemoryInUse returns how many bytes the pods of each node truly use, whether any
// telemetry shows it yet or not.
func (b *Bed) MemoryInUse(ctx context.Context) (map[string]int64, error) {
	pods, err := b.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	used := map[string]int64{}
	for i := range pods.Items {
		p := &pods.Items[i]
		if text := p.Annotations[usageMemory]; p.Spec.NodeName != "" && text != "" {
			use, err := resource.ParseQuantity(text)
			if err != nil {
				return nil, fmt.Errorf("pod %s/%s uses %q of memory: %w", p.Namespace, p.Name, text, err)
			}
			used[p.Spec.NodeName] += use.Value()
		}
	}
	return used, nil
}

// NodeOf returns the node that a pod is bound to; "" while it has none. The pod is of
// the default namespace unless its name is namespace/name.
func (b *Bed) NodeOf(ctx context.Context, pod string) (string, error) {
	namespace, name, elsewhere := strings.Cut(pod, "/")
	if !elsewhere {
		namespace, name = metav1.NamespaceDefault, pod
	}
	got, err := b.Client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return got.Spec.NodeName, nil
}

// Running returns nil once all pods of the default namespace of these names run.
func (b *Bed) Running(ctx context.Context, pods ...string) error {
	for _, name := range pods {
		got, err := b.Client.CoreV1().Pods(metav1.NamespaceDefault).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if got.Status.Phase != corev1.PodRunning {
			return fmt.Errorf("pod %s is %s on node %q", name, got.Status.Phase, got.Spec.NodeName)
		}
	}
	return nil
}
