package api

import (
	"fmt"
	"maps"
	"slices"

	v1 "k8s.io/api/core/v1"
)

// negative says which amount of a pod is below nothing; empty where none is.
func negative(spec *v1.PodSpec) string {
	lists := map[string]v1.ResourceList{"spec.overhead": spec.Overhead}
	add := func(at string, of *v1.ResourceRequirements) {
		lists[at+".resources.requests"], lists[at+".resources.limits"] = of.Requests, of.Limits
	}
	for i := range spec.Containers {
		add(fmt.Sprintf("spec.containers[%d]", i), &spec.Containers[i].Resources)
	}
	for i := range spec.InitContainers {
		add(fmt.Sprintf("spec.initContainers[%d]", i), &spec.InitContainers[i].Resources)
	}
	if spec.Resources != nil {
		add("spec", spec.Resources)
	}
	for _, at := range slices.Sorted(maps.Keys(lists)) {
		for _, name := range slices.Sorted(maps.Keys(lists[at])) {
			if q := lists[at][name]; q.Sign() < 0 {
				return fmt.Sprintf("%s[%s] is %s; nobody needs less than nothing", at, name, q.String())
			}
		}
	}
	return ""
}
