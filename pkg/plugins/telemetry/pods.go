package telemetry

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// podReader turns pods into what rules look at.
type podReader struct {
	namespaces corelisters.NamespaceLister
	// exemptions is false where the operator does not let pods ignore rules.
	exemptions bool
}

func (r podReader) facts(pod *v1.Pod) engine.PodFacts {
	priority := corev1helpers.PodPriority(pod)
	f := engine.PodFacts{
		Namespace:      pod.Namespace,
		Labels:         pod.Labels,
		Priority:       priority,
		DaemonSet:      controllerOf(pod).Kind == "DaemonSet",
		SystemCritical: priority >= scheduling.SystemCriticalPriority,
	}
	// The namespace may be deleted before its pods; then it has no labels.
	if namespace, err := r.namespaces.Get(pod.Namespace); err == nil {
		f.NamespaceLabels = namespace.Labels
	}
	if r.exemptions {
		f.Ignore = engine.ParseIgnore(pod.Annotations[rules.AnnotationIgnore])
	}
	return f
}

// needOf is what a pod will take from its node, as kube-scheduler counts it: its
// requests with init containers and overhead, and defaults where there are none.
func needOf(pod *v1.Pod) engine.Amounts { return unitsOf(pod).Amounts() }

func unitsOf(pod *v1.Pod) inflight.Units {
	r := (&framework.PodInfo{Pod: pod}).CalculateResource()
	return inflight.Units{MilliCPU: r.Non0CPU, Bytes: r.Non0Mem, Pods: 1}
}

// requestedOn is what the pods of a node take by the same count.
func requestedOn(info fwk.NodeInfo) engine.Amounts {
	r := info.GetNonZeroRequested()
	return engine.Amounts{
		CPU:    float64(r.GetMilliCPU()) / 1000,
		Memory: float64(r.GetMemory()),
		Pods:   float64(len(info.GetPods())),
	}
}

func controllerOf(pod *v1.Pod) metav1.OwnerReference {
	if owner := metav1.GetControllerOfNoCopy(pod); owner != nil {
		return *owner
	}
	return metav1.OwnerReference{}
}

// signature is what a rule may look at beside the labels, in the form that
// kube-scheduler compares. NodeResourcesFit signs the requests, but not the
// defaults of containers that have none.
type signature struct {
	Namespace   string
	Priority    int32
	Controller  string
	Annotations map[string]string
	Need        engine.Amounts
}

func signatureOf(pod *v1.Pod) signature {
	owner := controllerOf(pod)
	s := signature{
		Namespace:   pod.Namespace,
		Priority:    corev1helpers.PodPriority(pod),
		Controller:  owner.Kind + "/" + string(owner.UID),
		Annotations: map[string]string{},
		Need:        needOf(pod),
	}
	for key, value := range pod.Annotations {
		if strings.HasPrefix(key, rules.Group+"/") {
			s.Annotations[key] = value
		}
	}
	return s
}
