package evaluator

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// EngineNode is what the rules see of a node, without its pods. It shares the node's labels.
func EngineNode(n *corev1.Node) engine.Node {
	return engine.Node{
		Name:        n.Name,
		Labels:      n.Labels,
		Created:     n.CreationTimestamp.Time,
		Ignore:      engine.ParseIgnore(n.Annotations[rules.AnnotationIgnore]),
		Allocatable: amounts(n.Status.Allocatable),
		Capacity:    amounts(n.Status.Capacity),
	}
}

func amounts(r corev1.ResourceList) engine.Amounts {
	return engine.Amounts{
		CPU:    r.Cpu().AsApproximateFloat64(),
		Memory: r.Memory().AsApproximateFloat64(),
		Pods:   r.Pods().AsApproximateFloat64(),
	}
}

// NodeOf is what a source needs to reach and match a node. It shares the
// node's maps.
func NodeOf(n *corev1.Node) telemetry.Node {
	out := telemetry.Node{
		Name:        n.Name,
		UID:         string(n.UID),
		KubeletPort: n.Status.DaemonEndpoints.KubeletEndpoint.Port,
		Labels:      n.Labels,
		Annotations: n.Annotations,
	}
	for _, a := range n.Status.Addresses {
		out.Addresses = append(out.Addresses, telemetry.Address{Type: string(a.Type), Address: a.Address})
	}
	return out
}

// nodeHandler calls changed for what alters a verdict: a node that comes or
// goes, its labels, its resources and its ignore annotation. Heartbeats, which
// are most of all updates, are none of it.
func nodeHandler(changed func()) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed() },
		DeleteFunc: func(any) { changed() },
		UpdateFunc: func(before, after any) {
			if nodeMatters(before.(*corev1.Node), after.(*corev1.Node)) {
				changed()
			}
		},
	}
}

func nodeMatters(before, after *corev1.Node) bool {
	return before.UID != after.UID ||
		!maps.Equal(before.Labels, after.Labels) ||
		before.Annotations[rules.AnnotationIgnore] != after.Annotations[rules.AnnotationIgnore] ||
		!equality.Semantic.DeepEqual(before.Status.Allocatable, after.Status.Allocatable) ||
		!equality.Semantic.DeepEqual(before.Status.Capacity, after.Status.Capacity)
}
