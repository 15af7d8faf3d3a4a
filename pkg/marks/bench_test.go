package marks

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// BenchmarkRound is a round, of which there is one a second, on 5,000 nodes that all have what
// they are to have.
func BenchmarkRound(b *testing.B) {
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	wanted := map[string][]engine.Mark{}
	for i := range 5000 {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", i), UID: types.UID(fmt.Sprint(i)), Labels: map[string]string{heat: "hot"}}}
		n.Spec.Taints = []corev1.Taint{taint(heat, string(us), corev1.TaintEffectPreferNoSchedule)}
		n.ManagedFields = []metav1.ManagedFieldsEntry{{
			Manager: string(us), Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:` + heat + `":{}}}}`),
		}}
		wanted[n.Name] = []engine.Mark{labelled(heat, "hot"), tainted(heat, "PreferNoSchedule")}
		if err := nodes.Add(n); err != nil {
			b.Fatal(err)
		}
	}
	m := New(time.Now(), Options{
		Owner: us, Limits: Limits{Tainted: 100}, Stale: time.Hour, StateName: "state",
		Nodes: corelisters.NewNodeLister(nodes), State: corelisters.NewConfigMapLister(published(b, wanted)).ConfigMaps("ours"),
	})
	b.ReportAllocs()
	for b.Loop() {
		if err := m.round(b.Context(), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

// published is a cache of what a leader of the scheduler stores.
func published(b *testing.B, nodes map[string][]engine.Mark) cache.Indexer {
	client := fake.NewClientset()
	leader := state.New(state.Options{
		Client: client, Namespace: "ours", Name: "state", Sections: []string{evaluator.SectionMarks}, Recorder: events.NewFakeRecorder(100),
	})
	go func() { _ = leader.Run(b.Context()) }()
	leader.Put(evaluator.SectionMarks, evaluator.Marks{At: time.Now(), Nodes: nodes}.Entries())
	if err := leader.Sync(b.Context(), evaluator.SectionMarks); err != nil {
		b.Fatal(err)
	}
	list, err := client.CoreV1().ConfigMaps("ours").List(b.Context(), metav1.ListOptions{})
	if err != nil {
		b.Fatal(err)
	}
	out := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for i := range list.Items {
		if err := out.Add(&list.Items[i]); err != nil {
			b.Fatal(err)
		}
	}
	return out
}
