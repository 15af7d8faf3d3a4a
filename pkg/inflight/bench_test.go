package inflight

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const (
	benchNodes = 5000
	benchPods  = 100_000
	// benchYoung of the pods began within the horizon.
	benchYoung = 5000
)

// newCrowd is a large cluster: 20 pods a node, 50 an owner.
func newCrowd(b *testing.B) (*world, *engine.Board) {
	w := newWorld(b)
	var nodes []engine.Node
	for i := range benchNodes {
		nodes = append(nodes, engine.Node{Name: fmt.Sprintf("node-%d", i)})
	}
	board, _ := w.engine.Advance(w.now, new(rules.RuleSet), nodes, nothing{})
	for i := range benchPods {
		began := after(-3600)
		if i < benchYoung {
			began = after(-i % 500)
		}
		w.pods = append(w.pods, pod(fmt.Sprintf("p%d", i), on(nodes[i%benchNodes].Name), ownedBy(fmt.Sprint(i/50)), running(began)))
	}
	w.Take(w.now, horizon)
	w.Publish(board)
	return w, board
}

func (w *world) reading() *telemetry.PodReading {
	r := &telemetry.PodReading{Use: map[telemetry.PodKey]telemetry.PodUse{}}
	for _, p := range w.pods {
		r.Use[telemetry.PodKey{Namespace: p.Namespace, Name: p.Name}] = telemetry.PodUse{CPU: 0.1, Memory: gib, Time: w.now}
	}
	return r
}

// BenchmarkReserve takes a pod into account and back, as a failed bind does.
func BenchmarkReserve(b *testing.B) {
	w, _ := newCrowd(b)
	p, need := pod("new", ownedBy("1")), Units{MilliCPU: 100, Bytes: gib, Pods: 1}
	b.ReportAllocs()
	for b.Loop() {
		w.Reserve(p, "node-7", need)
		w.Unreserve(p)
	}
}

// BenchmarkEstimate is what PreFilter adds for a pod.
func BenchmarkEstimate(b *testing.B) {
	w, _ := newCrowd(b)
	w.Learn(w.reading(), w.now)
	for name, p := range map[string]*v1.Pod{"siblings": pod("new", ownedBy("1")), "annotation": pod("new", annotated("cpu=500m,memory=2Gi"))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.Estimate(p)
			}
		})
	}
}

// BenchmarkTick is what an evaluation adds: flights out, and the Account of its Board.
func BenchmarkTick(b *testing.B) {
	w, board := newCrowd(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Take(w.now, horizon)
		w.Publish(board)
	}
}

// BenchmarkWait reports how long Reserve waits while others are at work: of the longest
// wait in each run of that work the median.
func BenchmarkWait(b *testing.B) {
	for name, work := range map[string]func(w *world, i int){
		"take": func(w *world, _ int) { w.Take(w.now, horizon) },
		"look back, at a rule that averages over longer":  func(w *world, i int) { w.Take(w.now, horizon+time.Duration(i+1)) },
		"look back, at a rule for which all pods are new": func(w *world, i int) { w.Take(w.now, horizon); w.Take(w.now, 2*time.Hour) },
		"take, with all pods in flight":                   func(w *world, i int) { w.Take(w.now, 2*time.Hour) },
		"learn":                                           func(w *world, _ int) { w.Learn(w.reading(), w.now) },
	} {
		b.Run(name, func(b *testing.B) {
			w, board := newCrowd(b)
			work(w, 0)
			var waits []time.Duration
			for i := range b.N {
				var done atomic.Bool
				longest := make(chan time.Duration)
				go func() { longest <- w.longestReserve(&done) }()
				work(w, i)
				done.Store(true)
				waits = append(waits, <-longest)
				w.Publish(board)
			}
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2])/1e6, "wait-ms")
		})
	}
}

func (w *world) longestReserve(done *atomic.Bool) (longest time.Duration) {
	p, need := pod("new", ownedBy("1")), Units{MilliCPU: 100, Bytes: gib, Pods: 1}
	for !done.Load() {
		began := time.Now()
		w.Reserve(p, "node-7", need)
		longest = max(longest, time.Since(began))
		w.Unreserve(p)
		time.Sleep(100 * time.Microsecond)
	}
	return longest
}

// BenchmarkLearn takes in what all pods use, which happens once a minute.
func BenchmarkLearn(b *testing.B) {
	w, _ := newCrowd(b)
	r := w.reading()
	b.ReportAllocs()
	for b.Loop() {
		w.Learn(r, w.now)
	}
}

// BenchmarkMemory reports what a Ledger keeps beside the pods themselves.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		w, _ := newCrowd(b)
		w.Learn(w.reading(), w.now)
		with := heap()
		lessons, entries := len(w.lessons), len(w.entries)
		w.Ledger = nil
		b.ReportMetric(float64(with-heap())/(1<<20), "MiB")
		b.ReportMetric(float64(entries), "entries")
		b.ReportMetric(float64(lessons), "owners")
		runtime.KeepAlive(w)
	}
}

func heap() int64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
