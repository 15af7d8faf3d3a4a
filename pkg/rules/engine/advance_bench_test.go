//go:build unix

package engine

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// BenchmarkAdvance evaluates with every sample new. The first evaluation, which finds
// out how large things are, does not count. On a machine that others use too, the
// processor time says more than what a clock does.
func BenchmarkAdvance(b *testing.B) {
	for _, size := range []struct{ rules, nodes int }{{10, 1000}, {10, 5000}, {100, 1000}, {100, 5000}, {1000, 1000}} {
		b.Run(fmt.Sprintf("rules=%d/nodes=%d", size.rules, size.nodes), func(b *testing.B) {
			w, r := newBenchWorld(size.rules, size.nodes)
			random := rand.New(rand.NewPCG(1, 2))
			r.refill(start, w.nodes, random)
			w.read(start, r)
			b.ReportAllocs()
			var busy time.Duration
			for i := 1; b.Loop(); i++ {
				b.StopTimer()
				r.refill(at(5*i), w.nodes, random)
				before := processorTime(b)
				b.StartTimer()
				w.read(at(5*i), r)
				b.StopTimer()
				busy += processorTime(b) - before
				b.StartTimer()
			}
			b.ReportMetric(float64(busy.Nanoseconds())/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(busy.Nanoseconds())/float64(b.N*size.rules*size.nodes), "cpu-ns/pair")
		})
	}
}

// processorTime is what all cores have spent on this process.
func processorTime(b *testing.B) time.Duration {
	var spent syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &spent); err != nil {
		b.Fatal(err)
	}
	return time.Duration(spent.Utime.Nano() + spent.Stime.Nano())
}
