package api

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	corev1defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/scheduling"
)

// strictPods decodes pods in JSON or YAML, and refuses fields that there are not.
var strictPods = func() runtime.Decoder {
	scheme := runtime.NewScheme()
	_ = v1.AddToScheme(scheme) // it cannot fail on a new scheme
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}()

// decodePod reads a pod as the API server would have it, as far as it can be known
// here; notes say what cannot.
func decodePod(body []byte) (*v1.Pod, []string, error) {
	object, kind, err := strictPods.Decode(body, nil, nil)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest("the body is not a pod: " + err.Error())
	}
	pod, is := object.(*v1.Pod)
	if !is {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("the body is a %s; send a Pod, as with kubectl create --dry-run=client -o json", kind.Kind))
	}
	if len(pod.Spec.Containers) == 0 {
		return nil, nil, apierrors.NewBadRequest("spec.containers is empty; a pod has one at least")
	}
	corev1defaults.SetObjectDefaults_Pod(pod)
	if pod.Namespace == "" {
		pod.Namespace = metav1.NamespaceDefault
	}
	return pod, priority(pod), nil
}

// priority does what admission does with the two classes that every cluster has.
// Others are objects of the API server, which is not asked.
func priority(pod *v1.Pod) (notes []string) {
	if pod.Spec.Priority != nil || pod.Spec.PriorityClassName == "" {
		return nil
	}
	var value int32
	switch pod.Spec.PriorityClassName {
	case scheduling.SystemClusterCritical:
		value = scheduling.SystemCriticalPriority
	case scheduling.SystemNodeCritical:
		value = scheduling.SystemCriticalPriority + 1000
	default:
		return []string{fmt.Sprintf("the value of the priority class %s is not known here, and 0 is taken; write spec.priority", pod.Spec.PriorityClassName)}
	}
	pod.Spec.Priority = &value
	return nil
}
