package api

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// everywhere says the same of many nodes, by the last letter of their names.
type everywhere struct{}

// Sample implements engine.Samples.
func (everywhere) Sample(metric, node string) (float64, time.Time, string) {
	kinds := []string{"full", "idle", "nearly", "silent", "warm"}
	return samples{noon}.Sample(metric, kinds[int(node[len(node)-1]-'0')%len(kinds)])
}

// Window implements engine.Samples.
func (everywhere) Window(string, string) time.Duration { return 0 }

// largeWorld is a world of 5,000 nodes.
func largeWorld(b *testing.B) *world {
	b.Helper()
	w := newWorld(b, rules.Pause{})
	var nodes []engine.Node
	for i := range 5000 {
		size := engine.Amounts{CPU: 16, Memory: 100 << 30, Pods: 110}
		nodes = append(nodes, engine.Node{Name: fmt.Sprintf("node-%04d", i), Created: noon.Add(-time.Hour), Allocatable: size, Capacity: size})
	}
	board, _ := engine.New(engine.Options{}, new(engine.State)).Advance(noon, ruleSet(b, rules.Pause{}), nodes, everywhere{})
	w.shared = telemetry.NewShared(telemetry.Options{})
	w.shared.Publish(board, nil)
	w.opts.Oracle = w.shared.Oracle(informers.NewSharedInformerFactory(fake.NewClientset(), 0))
	return w
}

// BenchmarkVerdict asks 5,000 nodes about a pod.
func BenchmarkVerdict(b *testing.B) {
	w := largeWorld(b)
	for _, query := range []string{"", "?nodes=all&limit=5000"} {
		b.Run("groups"+query, func(b *testing.B) {
			var size int
			for b.Loop() {
				answer := w.ask(b, "POST /pods"+query, manifest)
				if size = answer.Body.Len(); answer.Code != 200 {
					b.Fatal(answer.Body)
				}
			}
			b.ReportMetric(float64(size), "answer-bytes")
		})
	}
}

// BenchmarkNodes asks for 5,000 nodes in short.
func BenchmarkNodes(b *testing.B) {
	w := largeWorld(b)
	var size int
	for b.Loop() {
		answer := w.ask(b, "GET /nodes?limit=5000")
		if size = answer.Body.Len(); answer.Code != 200 {
			b.Fatal(answer.Body)
		}
	}
	b.ReportMetric(float64(size), "answer-bytes")
}
