package evaluator

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// MetricOf says in the words of sources what a rule's metric is, as the loop asks for it.
func MetricOf(m *rules.Metric) telemetry.Metric { return telemetryMetric(m) }

// NodeOf is what a source needs of a node, as the loop hands it on.
func NodeOf(n *corev1.Node) telemetry.Node { return telemetryNode(n) }

// PodNodes finds the node of a pod by the pod's address, as the loop does.
func PodNodes(pods []*corev1.Pod) func(ip string) (node string, found bool) {
	index := podIndex(pods)
	return func(ip string) (string, bool) {
		node, found := index[ip]
		return node, found
	}
}
