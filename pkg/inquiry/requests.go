package inquiry

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resourcehelper "k8s.io/component-helpers/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// unrequested is what kube-scheduler takes for containers that request nothing.
var unrequested = v1.ResourceList{v1.ResourceCPU: resource.MustParse("100m"), v1.ResourceMemory: resource.MustParse("200Mi")}

// Requests returns what a pod requests as kube-scheduler counts it with its default
// feature gates, for programs beside it.
func Requests(pod *v1.Pod) inflight.Units {
	defaults := unrequested
	if resourcehelper.IsPodLevelRequestsSet(pod) {
		defaults = missing(resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{UseStatusResources: true}))
	}
	r := resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{UseStatusResources: true, NonMissingContainerRequests: defaults})
	return inflight.Units{MilliCPU: r.Cpu().MilliValue(), Bytes: r.Memory().Value(), Pods: 1}
}

// missing returns what of unrequested is not among requests.
func missing(requests v1.ResourceList) v1.ResourceList {
	out := v1.ResourceList{}
	for name, amount := range unrequested {
		if _, requested := requests[name]; !requested {
			out[name] = amount
		}
	}
	return out
}
