package home

import (
	"maps"
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Replacement returns the pod that will come in place of a victim: the victim without its
// node and its identity, as far as the API server's admission made it, and what its
// owner's template says now of where it may go and what it needs. template is nil where the
// owner has none that can be read.
func Replacement(victim *v1.Pod, template *v1.PodTemplateSpec) *v1.Pod {
	out := victim.DeepCopy()
	out.UID = types.UID("replacement-of-" + string(victim.UID))
	out.Name = "replacement-of-" + victim.Name
	out.ResourceVersion, out.DeletionTimestamp = "", nil
	out.Spec.NodeName = ""
	out.Status = v1.PodStatus{Phase: v1.PodPending}
	if template != nil {
		follow(out, template)
	}
	return out
}

// follow takes over from a template what decides where a pod may go; what admission added
// to the victim stays. Of resources the greater request counts: something may have resized
// the victim, and may do so again.
func follow(pod *v1.Pod, template *v1.PodTemplateSpec) {
	pod.Labels = merged(pod.Labels, template.Labels)
	own, spec := &pod.Spec, template.Spec.DeepCopy()
	own.NodeSelector = merged(own.NodeSelector, spec.NodeSelector)
	own.NodeName = spec.NodeName
	if spec.SchedulerName != "" {
		own.SchedulerName = spec.SchedulerName
	}
	if spec.Affinity != nil {
		own.Affinity = spec.Affinity
	}
	if spec.TopologySpreadConstraints != nil {
		own.TopologySpreadConstraints = spec.TopologySpreadConstraints
	}
	own.Containers = greater(own.Containers, spec.Containers)
	own.InitContainers = greater(own.InitContainers, spec.InitContainers)
}

func merged(own, over map[string]string) map[string]string {
	out := maps.Clone(own)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, over)
	return out
}

// greater has the containers of both, and what either of two of one name asks for.
func greater(own, template []v1.Container) []v1.Container {
	for _, wanted := range template {
		i := slices.IndexFunc(own, func(c v1.Container) bool { return c.Name == wanted.Name })
		if i < 0 {
			own = append(own, wanted)
			continue
		}
		raise(&own[i].Resources, wanted.Resources.Requests)
		own[i].Ports = append(own[i].Ports, newPorts(own[i].Ports, wanted.Ports)...)
	}
	return own
}

func newPorts(own, wanted []v1.ContainerPort) []v1.ContainerPort {
	return slices.DeleteFunc(wanted, func(p v1.ContainerPort) bool { return slices.Contains(own, p) })
}

func raise(own *v1.ResourceRequirements, requests v1.ResourceList) {
	for name, wanted := range requests {
		if has, found := own.Requests[name]; found && has.Cmp(wanted) >= 0 {
			continue
		}
		if own.Requests == nil {
			own.Requests = v1.ResourceList{}
		}
		own.Requests[name] = wanted
	}
}
