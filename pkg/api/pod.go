package api

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// decodePod reads a pod as the API server would have it, as far as it can be known
// here; notes say what cannot.
func (s *Server) decodePod(body []byte) (pod *v1.Pod, notes []string, err error) {
	object, err := decodeObject(body)
	if err != nil {
		return nil, nil, err
	}
	if pod, notes = podOf(object); pod == nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("the body is a %s; %s", object.GetObjectKind().GroupVersionKind().Kind, postable))
	}
	if len(pod.Spec.Containers) == 0 {
		return nil, nil, apierrors.NewBadRequest("spec.containers is empty; a pod has one at least")
	}
	if slip := negative(&pod.Spec); slip != "" {
		return nil, nil, apierrors.NewBadRequest(slip)
	}
	s.opts.Default(pod)
	if pod.Namespace == "" {
		pod.Namespace = metav1.NamespaceDefault
	}
	return pod, append(notes, priority(pod)...), nil
}

// podOf returns a pod as the object is or makes; nil where it makes none.
func podOf(object runtime.Object) (pod *v1.Pod, notes []string) {
	switch o := object.(type) {
	case *v1.Pod:
		return o, nil
	case *appsv1.Deployment:
		return podFrom(&o.ObjectMeta, &o.Spec.Template, o.Kind)
	case *appsv1.StatefulSet:
		return podFrom(&o.ObjectMeta, &o.Spec.Template, o.Kind)
	case *appsv1.DaemonSet:
		return podFrom(&o.ObjectMeta, &o.Spec.Template, o.Kind)
	case *appsv1.ReplicaSet:
		return podFrom(&o.ObjectMeta, &o.Spec.Template, o.Kind)
	case *batchv1.Job:
		return podFrom(&o.ObjectMeta, &o.Spec.Template, o.Kind)
	case *batchv1.CronJob:
		return podFrom(&metav1.ObjectMeta{Namespace: o.Namespace}, &o.Spec.JobTemplate.Spec.Template, "Job")
	}
	return nil, nil
}

// podFrom makes a pod of a template. One of an owner that exists, which has a UID, is
// estimated by its siblings.
func podFrom(owner *metav1.ObjectMeta, template *v1.PodTemplateSpec, kind string) (*v1.Pod, []string) {
	pod := &v1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	pod.Namespace = owner.Namespace
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: kind, Name: owner.Name, UID: owner.UID, Controller: new(true)}}
	return pod, []string{"this is what telemetry says of one pod of the template, as the first of them"}
}

// priority does what admission does with the two classes that every cluster has.
// Others are objects of the API server, which is not asked.
func priority(pod *v1.Pod) (notes []string) {
	if pod.Spec.Priority != nil || pod.Spec.PriorityClassName == "" {
		return nil
	}
	var value int32
	switch pod.Spec.PriorityClassName {
	case "system-cluster-critical":
		value = inquiry.SystemCriticalPriority
	case "system-node-critical":
		value = inquiry.SystemCriticalPriority + 1000
	default:
		return []string{fmt.Sprintf("the value of the priority class %s is not known here, and 0 is taken; write spec.priority", pod.Spec.PriorityClassName)}
	}
	pod.Spec.Priority = &value
	return nil
}
