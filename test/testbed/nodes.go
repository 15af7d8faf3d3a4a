package testbed

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Nodes describes like nodes to add.
type Nodes struct {
	// Only is the name of the only node, instead of a prefix and a number.
	Only string
	// Prefix comes before the number of each node; "node" by default.
	Prefix string
	// First is the number of the first node.
	First, Count int
	// CPU and Memory are capacity and allocatable at once; 16 and 64Gi by default.
	CPU, Memory string
	// UsesMemory is what is in use on each node from the beginning; 1Gi by default.
	UsesMemory string
	// Uses is what is in use on the node of a number, where they differ.
	Uses   func(number int) string
	Labels map[string]string
	// Silent nodes have no metrics.
	Silent bool
}

// Name returns the name of the node of a number.
func (n Nodes) Name(number int) string {
	if n.Only != "" {
		return n.Only
	}
	return fmt.Sprintf("%s-%02d", orDefault(n.Prefix, "node"), number)
}

// AddNodes adds nodes and waits until they are Ready and take pods. On each runs
// an agent: metrics-server does not believe in a node that uses nothing. The agents
// come last, when the API server knows the nodes whose labels it gives them.
func (b *Bed) AddNodes(ctx context.Context, n Nodes) error {
	b.progress(fmt.Sprintf("%d nodes", n.Count))
	for i := n.First; i < n.First+n.Count; i++ {
		if _, err := b.Client.CoreV1().Nodes().Create(ctx, n.node(i), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := Within(ctx, readyWithin, func(ctx context.Context) error { return b.nodesReady(ctx, n) }); err != nil {
		return err
	}
	for i := n.First; i < n.First+n.Count; i++ {
		agent := Pod{Name: "agent-" + n.Name(i), Namespace: metav1.NamespaceSystem, Node: n.Name(i), UsesCPU: "100m", UsesMemory: n.uses(i)}
		if _, err := b.AddPod(ctx, agent); err != nil {
			return err
		}
	}
	return nil
}

func (n Nodes) uses(number int) string {
	if n.Uses != nil {
		return n.Uses(number)
	}
	return orDefault(n.UsesMemory, "1Gi")
}

func (n Nodes) node(number int) *corev1.Node {
	name := n.Name(number)
	size := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(orDefault(n.CPU, "16")),
		corev1.ResourceMemory: resource.MustParse(orDefault(n.Memory, "64Gi")),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	path := MetricsPath(name)
	if n.Silent {
		path = "/nothing/here"
	}
	labels := map[string]string{corev1.LabelHostname: name}
	maps.Copy(labels, n.Labels)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: labels,
			// metrics-server and our own source look for the metrics of a kubelet here.
			Annotations: map[string]string{"metrics.k8s.io/resource-metrics-path": path},
		},
		Status: corev1.NodeStatus{Capacity: size, Allocatable: size},
	}
}

func (b *Bed) nodesReady(ctx context.Context, n Nodes) error {
	list, err := b.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	ready := map[string]bool{}
	for i := range list.Items {
		ready[list.Items[i].Name] = takesPods(&list.Items[i])
	}
	for i := n.First; i < n.First+n.Count; i++ {
		if !ready[n.Name(i)] {
			return fmt.Errorf("node %s is not ready", n.Name(i))
		}
	}
	return nil
}

// takesPods reports whether a node is Ready and its life cycle taints are gone.
func takesPods(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue && len(n.Spec.Taints) == 0
		}
	}
	return false
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
