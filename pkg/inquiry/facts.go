package inquiry

import (
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// SystemCriticalPriority is the least priority of pods that no rule governs, as
// Kubernetes has it.
const SystemCriticalPriority int32 = 2_000_000_000

// Reader turns pods into what rules look at.
type Reader struct {
	Namespaces corelisters.NamespaceLister
	// Exemptions is false where the operator does not let pods ignore rules.
	Exemptions bool
}

// Facts returns what rules look at in a pod.
func (r Reader) Facts(pod *v1.Pod) engine.PodFacts {
	priority := corev1helpers.PodPriority(pod)
	f := engine.PodFacts{
		Namespace:      pod.Namespace,
		Labels:         pod.Labels,
		Priority:       priority,
		DaemonSet:      ControllerOf(pod).Kind == "DaemonSet",
		SystemCritical: priority >= SystemCriticalPriority,
	}
	// The namespace may be deleted before its pods; then it has no labels.
	if namespace, err := r.Namespaces.Get(pod.Namespace); err == nil {
		f.NamespaceLabels = namespace.Labels
	}
	if r.Exemptions {
		f.Ignore = engine.ParseIgnore(pod.Annotations[rules.AnnotationIgnore])
	}
	return f
}

// ControllerOf returns what made a pod; its zero value for one that nobody made.
func ControllerOf(pod *v1.Pod) metav1.OwnerReference {
	if owner := metav1.GetControllerOfNoCopy(pod); owner != nil {
		return *owner
	}
	return metav1.OwnerReference{}
}
