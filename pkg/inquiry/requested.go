package inquiry

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Requested sums up what pods request on young nodes, with those that are about to be
// bound there. It looks at all pods only while there are such nodes.
func (j *Judge) Requested(young map[string]*engine.Amounts, lister corelisters.PodLister) {
	if len(young) == 0 {
		return
	}
	add := func(node string, pod *v1.Pod) {
		if at := young[node]; at != nil {
			*at = at.Plus(j.Requests(pod).Amounts())
		}
	}
	pods, _ := lister.List(labels.Everything()) // listers of informers cannot fail
	for _, pod := range pods {
		add(pod.Spec.NodeName, pod)
	}
	for node, pods := range j.InFlight.Unbound() {
		for _, pod := range pods {
			add(node, pod)
		}
	}
}
