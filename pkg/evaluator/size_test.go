package evaluator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// BenchmarkStoredState writes as much as there may be, and says how much that is.
func BenchmarkStoredState(b *testing.B) {
	b.Run("10,000 owners", func(b *testing.B) { writes(b, sectionLessons, lessonEntries(manyLessons(10_000))) })
	for _, rules := range []int{1, 10, 30, 100} {
		b.Run(fmt.Sprintf("%d rules that fire on 5,000 nodes", rules), func(b *testing.B) {
			ours, _ := phaseEntries(manyPhases(rules, 5000))
			writes(b, sectionPhases, ours)
		})
	}
}

func writes(b *testing.B, section string, entries []state.Entry) {
	ended, end := context.WithCancel(b.Context())
	end() // the last round is the only one
	for b.Loop() {
		client := fake.NewClientset()
		s := newStore(client)
		s.Put(section, entries)
		if err := s.Run(ended); err != nil {
			b.Fatal(err)
		}
		report(b, client, len(entries))
	}
}

func report(b *testing.B, client *fake.Clientset, entries int) {
	b.StopTimer()
	defer b.StartTimer()
	list, err := client.CoreV1().ConfigMaps("ours").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		b.Fatal(err)
	}
	bytes := 0
	for i := range list.Items {
		for _, data := range list.Items[i].BinaryData {
			bytes += len(data)
		}
	}
	content, _, err := newStore(client).Load(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for _, all := range content {
		entries -= len(all)
	}
	b.ReportMetric(float64(bytes)/(1<<10), "KiB")
	b.ReportMetric(float64(len(list.Items)), "ConfigMaps")
	b.ReportMetric(float64(entries), "entries-left-out")
}

func manyLessons(count int) map[inflight.Owner]inflight.Lesson {
	random, out := rand.New(rand.NewPCG(1, 0)), map[inflight.Owner]inflight.Lesson{}
	for range count {
		owner := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12), random.IntN(1<<12), random.Int64N(1<<48))
		out[inflight.Owner(owner)] = inflight.Lesson{
			Use:     inflight.Units{MilliCPU: random.Int64N(4000), Bytes: random.Int64N(8 << 30)},
			Settled: true, At: begin.Add(time.Duration(random.IntN(60_000)) * time.Millisecond),
		}
	}
	return out
}

// begin is when the states of these benchmarks were stored.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// manyPhases has nodes of any age, which were sampled at any time, and ticks that take
// a time in nanoseconds.
func manyPhases(count, nodes int) *engine.State {
	random, out := rand.New(rand.NewPCG(2, 0)), new(engine.State)
	created, sampled := make([]int64, nodes), make([]int64, nodes)
	for i := range nodes {
		created[i] = begin.Add(-time.Duration(random.IntN(1e7)) * time.Second).UnixNano()
		sampled[i] = begin.Add(-time.Duration(random.IntN(60_000)) * time.Millisecond).UnixNano()
	}
	for i := range count {
		r := engine.RuleState{Rule: rules.Key{Name: fmt.Sprintf("rule-%d", i)}, Fingerprint: fmt.Sprintf("%016x", random.Uint64()), Nodes: map[string]*engine.PairState{}}
		for n := range nodes {
			first := sampled[n] - random.Int64N(100)*15*int64(time.Second)
			r.Nodes[fmt.Sprintf("ip-10-0-%d-%d.eu-central-1.compute.internal", n/256, n%256)] = &engine.PairState{
				Created: created[n], Phase: engine.Firing, Leaves: 1, Broke: true, Since: first + random.Int64N(int64(time.Second)),
				FirstTrue: first, NewestTrue: sampled[n], KnownAt: sampled[n],
			}
		}
		out.Rules = append(out.Rules, r)
	}
	return out
}
