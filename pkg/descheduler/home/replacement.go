package home

import (
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
// to the victim stays. Of resources the greater request counts: something may have resized the victim, and may do so again.
func follow(pod *v1.Pod, template *v1.PodTemplateSpec) {
	for key, value := range template.Labels {
		if pod.Labels == nil {
			pod.Labels = map[string]string{}
		}
		pod.Labels[key] = value
	}
	for key, value := range template.Spec.NodeSelector {
		if pod.Spec.NodeSelector == nil {
			pod.Spec.NodeSelector = map[string]string{}
		}
		pod.Spec.NodeSelector[key] = value
	}
	if template.Spec.Affinity != nil {
		pod.Spec.Affinity = template.Spec.Affinity
	}
	if template.Spec.TopologySpreadConstraints != nil {
		pod.Spec.TopologySpreadConstraints = template.Spec.TopologySpreadConstraints
	}
	greater(pod.Spec.Containers, template.Spec.Containers)
	greater(pod.Spec.InitContainers, template.Spec.InitContainers)
}

func greater(own, template []v1.Container) {
	for i := range own {
		for j := range template {
			if own[i].Name == template[j].Name {
				raise(&own[i].Resources, template[j].Resources.Requests)
			}
		}
	}
}

func raise(own *v1.ResourceRequirements, requests v1.ResourceList) {
	for name, wanted := range requests {
		if has, found := own.Requests[name]; found && has.Cmp(wanted) >= 0 {
			continue
		}
		if own.Requests == nil {
			own.Requests = v1.ResourceList{}
		}
		own.Requests[name] = wanted.DeepCopy()
	}
}
