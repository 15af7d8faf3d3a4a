// Package plausible makes nodes and pods that are as large as those of real clusters.
package plausible

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// NodeName is the name of the node of a number.
func NodeName(i int) string { return fmt.Sprintf("node-%05d.eu-central-1.compute.internal", i) }

// Node is a node of 16 cores and 64 GiB that is Ready, with the labels of a cloud and 40 images,
// of which kubelets tell up to 50.
func Node(i int) *corev1.Node {
	name, size := NodeName(i), corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse("64Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelHostname: name, corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux", corev1.LabelInstanceTypeStable: "m5.4xlarge",
			corev1.LabelTopologyZone: fmt.Sprintf("eu-central-1%c", 'a'+i%3), corev1.LabelTopologyRegion: "eu-central-1", "node.example.com/pool": "general",
		}},
		Status: corev1.NodeStatus{
			Capacity: size, Allocatable: size, Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.%d.%d.%d", 1+i/65536, i/256%256, i%256)}},
			NodeInfo: corev1.NodeSystemInfo{KernelVersion: "6.8.0-1021-aws", OSImage: "Ubuntu 24.04.2 LTS", ContainerRuntimeVersion: "containerd://2.1.4", KubeletVersion: "v1.37.0"},
		},
	}
	for _, c := range []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeNetworkUnavailable} {
		status := corev1.ConditionFalse
		if c == corev1.NodeReady {
			status = corev1.ConditionTrue
		}
		n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: c, Status: status, Reason: "KubeletHas" + string(c), Message: "kubelet says so of " + string(c)})
	}
	for image := range 40 {
		n.Status.Images = append(n.Status.Images, corev1.ContainerImage{SizeBytes: 1 << 27, Names: []string{
			fmt.Sprintf("YOUR-REGISTRY/team/service-%02d@sha256:%064d", image, i), fmt.Sprintf("YOUR-REGISTRY/team/service-%02d:v1.2.%d", image, i),
		}})
	}
	return n
}

// Pod is a pod as a Deployment makes it: two containers with some environment, its token, and
// a status. What kube-scheduler drops of what it watches is not there.
func Pod(i int, node string) *corev1.Pod {
	yes, seconds := true, int64(300)
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("shop-7d4b9c6f5-%05d", i), UID: types.UID(fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", i)),
			Labels:          map[string]string{"app": fmt.Sprintf("shop-%d", i%500), "pod-template-hash": "7d4b9c6f5", "app.kubernetes.io/part-of": "store"},
			Annotations:     map[string]string{"prometheus.io/scrape": "true", "checksum/config": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: fmt.Sprintf("shop-%d-7d4b9c6f5", i%500), UID: types.UID(fmt.Sprintf("1a1b2c3d-0000-4000-8000-%012d", i%500)), Controller: &yes}},
		},
		Spec: corev1.PodSpec{
			NodeName:    node,
			Tolerations: []corev1.Toleration{{Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds}, {Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds}},
			Volumes:     []corev1.Volume{{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: token()}}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.200.%d.%d", i/250%250, i%250)},
	}
	for _, c := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue})
	}
	for c := range 2 {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{
			Name: fmt.Sprintf("c%d", c), Image: "YOUR-REGISTRY/shop:v1.2.3", Env: []corev1.EnvVar{{Name: "A", Value: "some value"}, {Name: "B", Value: "another value"}, {Name: "C", Value: "a third value"}},
			Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}},
			VolumeMounts: []corev1.VolumeMount{{Name: "token", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true}},
		})
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: fmt.Sprintf("c%d", c), Image: "YOUR-REGISTRY/shop:v1.2.3", ContainerID: fmt.Sprintf("containerd://%064d", i), Ready: true,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		})
	}
	return p
}

// token is what the API server gives every pod to prove itself with.
func token() []corev1.VolumeProjection {
	return []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}},
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
		{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}}}},
	}
}
