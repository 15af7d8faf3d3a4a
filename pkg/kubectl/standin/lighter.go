package standin

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// lighter drops what nothing looks at from the objects that informers hold: in a large
// cluster that is most of them. It is a cache.TransformFunc.
func lighter(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Pod:
		o.ManagedFields = nil
		delete(o.Annotations, corev1.LastAppliedConfigAnnotation)
		lighterPod(o)
	case *corev1.Node:
		o.ManagedFields = nil
		o.Status.Images, o.Status.VolumesAttached, o.Status.VolumesInUse = nil, nil, nil
	case *corev1.Namespace:
		o.ManagedFields = nil
	case *appsv1.ReplicaSet: // who owns it is all that is asked
		*o = appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
			Namespace: o.Namespace, Name: o.Name, UID: o.UID, ResourceVersion: o.ResourceVersion, OwnerReferences: o.OwnerReferences,
		}}
	}
	return object, nil
}

// lighterPod leaves what a pod asks for, where it may go and how it is.
func lighterPod(p *corev1.Pod) {
	p.Spec.Volumes, p.Spec.EphemeralContainers, p.Spec.ImagePullSecrets, p.Spec.HostAliases = nil, nil, nil, nil
	for _, containers := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			containers[i] = corev1.Container{Name: c.Name, Resources: c.Resources, RestartPolicy: c.RestartPolicy}
		}
	}
	p.Status.EphemeralContainerStatuses = nil
}
