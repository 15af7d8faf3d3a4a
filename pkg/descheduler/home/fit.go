package home

import (
	"slices"

	v1 "k8s.io/api/core/v1"
)

// leaving are the taints of nodes that are about to go, whatever pods tolerate: those of
// Cluster Autoscaler, of Karpenter, of those who hear that a spot instance is reclaimed, and
// of whoever shuts nodes down.
var leaving = []string{
	"ToBeDeletedByClusterAutoscaler", "DeletionCandidateOfClusterAutoscaler",
	"karpenter.sh/disrupted", "karpenter.sh/disruption",
	"aws-node-termination-handler/spot-itn", "cloud.google.com/impending-node-termination",
	v1.TaintNodeOutOfService,
}

// What Unfit says.
const (
	Deleted  = "node(s) are being deleted"
	Cordoned = "node(s) are cordoned"
	Leaving  = "node(s) are about to be removed"
	NotReady = "node(s) are not ready"
)

// Unfit says why pods are moved neither to a node nor off it, whatever telemetry says;
// empty where nothing speaks against it.
func Unfit(node *v1.Node) string {
	switch {
	case node.DeletionTimestamp != nil:
		return Deleted
	case node.Spec.Unschedulable:
		return Cordoned
	case slices.ContainsFunc(node.Spec.Taints, func(t v1.Taint) bool { return slices.Contains(leaving, t.Key) }):
		return Leaving
	case !isReady(node):
		return NotReady
	}
	return ""
}

func isReady(node *v1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(c v1.NodeCondition) bool {
		return c.Type == v1.NodeReady && c.Status == v1.ConditionTrue
	})
}
