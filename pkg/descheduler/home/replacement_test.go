package home

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestTheReplacementFollowsTheTemplateAndKeepsWhatAdmissionAdded(t *testing.T) {
	victim := newPod("v", "hot", "10Gi", withPriority(7), func(pod *v1.Pod) {
		pod.Labels = map[string]string{"app": "shop", "pod-template-hash": "old"}
		pod.Spec.NodeSelector = map[string]string{"team": "a", "pool": "old"} // the first by admission
		pod.Status.NominatedNodeName = "hot"
	})
	template := &v1.PodTemplateSpec{}
	template.Labels = map[string]string{"app": "shop", "pod-template-hash": "new"}
	template.Spec.NodeSelector = map[string]string{"pool": "new"}
	template.Spec.Containers = []v1.Container{{Name: "main", Resources: v1.ResourceRequirements{Requests: v1.ResourceList{
		v1.ResourceMemory: resource.MustParse("8Gi"), v1.ResourceCPU: resource.MustParse("1"), v1.ResourceEphemeralStorage: resource.MustParse("1Gi"),
	}}, Ports: []v1.ContainerPort{{ContainerPort: 80, HostPort: 80}}}, {Name: "second"}}

	got := Replacement(victim, template)
	if got.Spec.NodeName != "" || got.Status.NominatedNodeName != "" || got.UID == victim.UID || *got.Spec.Priority != 7 {
		t.Errorf("it has the node %q, the UID %s and the priority %d", got.Spec.NodeName, got.UID, *got.Spec.Priority)
	}
	if diff := cmp.Diff(map[string]string{"team": "a", "pool": "new"}, got.Spec.NodeSelector); diff != "" {
		t.Errorf("its node selector (-want +got):\n%s", diff)
	}
	if got.Labels["pod-template-hash"] != "new" {
		t.Errorf("its labels are %v", got.Labels)
	}
	if c := got.Spec.Containers; len(c) != 2 || len(c[0].Ports) != 1 || c[1].Name != "second" {
		t.Errorf("its containers are %v", c)
	}
	requests := got.Spec.Containers[0].Resources.Requests
	if requests.Memory().String() != "10Gi" || requests.Cpu().String() != "1" || requests.StorageEphemeral().String() != "1Gi" {
		t.Errorf("it requests %v, want the greater of victim and template", requests)
	}
	if victim.Spec.NodeName != "hot" || victim.Spec.NodeSelector["pool"] != "old" || victim.Spec.Containers[0].Resources.Requests.Cpu().String() != "100m" {
		t.Error("the victim itself was changed")
	}
}
