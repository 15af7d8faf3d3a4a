package chart

import (
	"fmt"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/plausible"
)

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
			made := plausible.Pod(i, plausible.NodeName(i%nodes))
			made.Namespace = fmt.Sprintf("team-%d", i%100)
			wire, err := made.Marshal()
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
