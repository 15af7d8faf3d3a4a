package telemetry

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

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
	owner := inquiry.ControllerOf(pod)
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
