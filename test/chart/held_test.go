package chart

import (
	"fmt"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// ordinary is a pod as a Deployment makes it: two containers with some environment, its
// token, and a status. What kube-scheduler drops of what it watches is not there.
func ordinary(i int) *corev1.Pod {
	yes, seconds := true, int64(300)
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("shop-7d4b9c6f5-%05d", i), Namespace: fmt.Sprintf("team-%d", i%100), UID: types.UID(fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", i)),
			Labels:          map[string]string{"app": "shop", "pod-template-hash": "7d4b9c6f5", "app.kubernetes.io/part-of": "store"},
			Annotations:     map[string]string{"prometheus.io/scrape": "true", "checksum/config": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "shop-7d4b9c6f5", UID: "f", Controller: &yes}},
		},
		Spec: corev1.PodSpec{
			NodeName: fmt.Sprintf("node-%d", i%5000), ServiceAccountName: "shop",
			Tolerations: []corev1.Toleration{{Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, TolerationSeconds: &seconds}, {Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, TolerationSeconds: &seconds}},
			Volumes:     []corev1.Volume{{Name: "kube-api-access", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: make([]corev1.VolumeProjection, 3)}}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: make([]corev1.PodCondition, 5), PodIP: fmt.Sprintf("10.0.%d.%d", i/250%250, i%250)},
	}
	for c := range 2 {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{
			Name: fmt.Sprintf("c%d", c), Image: "registry.example/shop:v1.2.3", Env: []corev1.EnvVar{{Name: "A", Value: "some value"}, {Name: "B", Value: "another value"}, {Name: "C", Value: "a third value"}},
			Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}},
			VolumeMounts: []corev1.VolumeMount{{Name: "kube-api-access", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true}},
		})
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: fmt.Sprintf("c%d", c), Image: "registry.example/shop:v1.2.3", ContainerID: fmt.Sprintf("containerd://%064d", i)})
	}
	return p
}

// BenchmarkHeldForPods reports what kube-scheduler holds of each pod of a cluster: the object
// that it watches, and what its nodes know of it.
func BenchmarkHeldForPods(b *testing.B) {
	const pods, nodes = 100_000, 5_000
	for b.Loop() {
		before := heap()
		store, infos := cache.NewStore(cache.MetaNamespaceKeyFunc), make([]*framework.NodeInfo, nodes)
		for i := range infos {
			infos[i] = framework.NewNodeInfo()
		}
		for i := range pods {
			wire, err := ordinary(i).Marshal()
			p := new(corev1.Pod)
			if err == nil {
				err = p.Unmarshal(wire) // as the API server sends it
			}
			if err == nil {
				err = store.Add(p)
			}
			if err != nil {
				b.Fatal(err)
			}
			infos[i%nodes].AddPod(p)
		}
		b.ReportMetric(float64(heap()-before)/pods, "B/pod")
		runtime.KeepAlive(store)
		runtime.KeepAlive(infos)
	}
}

// heap is how many bytes are in use once the garbage is gone.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
