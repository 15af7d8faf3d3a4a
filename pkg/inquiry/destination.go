package inquiry

import (
	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

// Destination knows where a pod lets itself be sent: the rules of its own that
// are cheap to ask. The other plugins have the last word.
type Destination struct {
	logger   klog.Logger
	pod      *v1.Pod
	affinity nodeaffinity.RequiredNodeAffinity
}

// NewDestination returns the Destination of a pod.
func NewDestination(logger klog.Logger, pod *v1.Pod) *Destination {
	return &Destination{logger: logger, pod: pod, affinity: nodeaffinity.GetRequiredNodeAffinity(pod)}
}

// Admits reports whether the pod lets itself be sent to a node.
func (d *Destination) Admits(node *v1.Node) bool {
	_, tainted := corev1helpers.FindMatchingUntoleratedTaint(d.logger, node.Spec.Taints, d.pod.Spec.Tolerations, forbids, true)
	if tainted {
		return false
	}
	// An affinity that cannot be read fails elsewhere, with its reason.
	match, err := d.affinity.Match(node)
	return match || err != nil
}

// forbids reports whether a taint keeps new pods off.
func forbids(t *v1.Taint) bool {
	return t.Effect == v1.TaintEffectNoSchedule || t.Effect == v1.TaintEffectNoExecute
}
