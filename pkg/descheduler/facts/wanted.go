package facts

import (
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Wanted returns how many pods the owner of a kind, as Pods names it, is to have: none where
// it is gone or on its way. known is false for a kind whose replicas cannot be read.
func (c *Cluster) Wanted(kind, namespace, name string, uid types.UID) (n int32, known bool) {
	owner, n, err := c.scale(kind, namespace, name)
	switch {
	case apierrors.IsNotFound(err):
		return 0, true
	case err != nil || owner == nil:
		return 0, false
	case owner.GetUID() != uid || owner.GetDeletionTimestamp() != nil:
		return 0, true
	}
	return n, true
}

// scale looks up what has replicas; nil for what has none that can be read.
func (c *Cluster) scale(kind, namespace, name string) (metav1.Object, int32, error) {
	switch kind {
	case "Deployment":
		d, err := c.Deployments.Deployments(namespace).Get(name)
		return scaleOf(d, err, func() *int32 { return d.Spec.Replicas })
	case "ReplicaSet":
		r, err := c.ReplicaSets.ReplicaSets(namespace).Get(name)
		return scaleOf(r, err, func() *int32 { return r.Spec.Replicas })
	case "StatefulSet":
		s, err := c.StatefulSets.StatefulSets(namespace).Get(name)
		return scaleOf(s, err, func() *int32 { return s.Spec.Replicas })
	case "ReplicationController":
		r, err := c.Controllers.ReplicationControllers(namespace).Get(name)
		return scaleOf(r, err, func() *int32 { return r.Spec.Replicas })
	}
	return nil, 0, nil
}

func scaleOf(owner metav1.Object, err error, wanted func() *int32) (metav1.Object, int32, error) {
	if err != nil {
		return nil, 0, err
	}
	return owner, replicas(wanted()), nil
}

// Serves reports whether a pod is one of those that its owner wants: it has a node, and
// neither has ended nor is about to.
func Serves(pod *v1.Pod) bool {
	return pod.Spec.NodeName != "" && pod.DeletionTimestamp == nil && pod.Status.Phase != v1.PodSucceeded && pod.Status.Phase != v1.PodFailed
}
