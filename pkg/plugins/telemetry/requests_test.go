package telemetry

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// TestRequestsAreCountedAlikeWithoutKubeScheduler compares what programs beside the
// scheduler count with what it counts.
func TestRequestsAreCountedAlikeWithoutKubeScheduler(t *testing.T) {
	list := func(cpu, memory string) v1.ResourceList {
		out := v1.ResourceList{}
		if cpu != "" {
			out[v1.ResourceCPU] = resource.MustParse(cpu)
		}
		if memory != "" {
			out[v1.ResourceMemory] = resource.MustParse(memory)
		}
		return out
	}
	containers := func(requests ...v1.ResourceList) (out []v1.Container) {
		for _, r := range requests {
			out = append(out, v1.Container{Resources: v1.ResourceRequirements{Requests: r}})
		}
		return out
	}
	always := v1.ContainerRestartPolicyAlways
	sidecar := v1.Container{RestartPolicy: &always, Resources: v1.ResourceRequirements{Requests: list("1", "")}}
	for name, spec := range map[string]v1.PodSpec{
		"nothing is requested":        {Containers: containers(nil, nil)},
		"cpu alone":                   {Containers: containers(list("2", ""))},
		"memory alone":                {Containers: containers(list("", "3Gi"), nil)},
		"zero is a request":           {Containers: containers(list("0", "0"))},
		"init containers":             {InitContainers: containers(list("5", "1Gi")), Containers: containers(list("1", "2Gi"))},
		"a sidecar":                   {InitContainers: []v1.Container{sidecar}, Containers: containers(list("1", "2Gi"))},
		"overhead":                    {Overhead: list("250m", "64Mi"), Containers: containers(list("1", "2Gi"))},
		"requests of the pod":         {Resources: &v1.ResourceRequirements{Requests: list("4", "8Gi")}, Containers: containers(list("1", ""), nil)},
		"requests of the pod in part": {Resources: &v1.ResourceRequirements{Requests: list("4", "")}, Containers: containers(nil, nil)},
	} {
		pod := newPod("p")
		pod.Spec = spec
		if got, want := inquiry.Requests(pod), unitsOf(pod); got != want {
			t.Errorf("%s: %+v, and kube-scheduler counts %+v", name, got, want)
		}
	}
}
