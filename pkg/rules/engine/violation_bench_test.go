package engine

import (
	"fmt"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// BenchmarkLeastViolating chooses among 5,000 hot nodes, as PostFilter does.
func BenchmarkLeastViolating(b *testing.B) {
	for _, count := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("nodes=5000/rules=%d", count), func(b *testing.B) {
			var list []rules.Rule
			for i := range count {
				list = append(list, lenient(fmt.Sprintf("rule-%03d", i), leafOf("memory", rules.Above, 90-float64(i)/10)))
			}
			var names []string
			var candidates []Candidate
			r := readings{}
			for i := range 5000 {
				name := fmt.Sprintf("node-%04d", i)
				names = append(names, name)
				candidates = append(candidates, Candidate{Node: name, Need: Amounts{Memory: gib, CPU: 0.1, Pods: 1}})
				r["memory "+name] = reading{value: 91 + float64(i%80)/10, at: start}
			}
			w := newWorld(setOf(list...), nodes(names...))
			w.read(start, r)
			governing := w.last.Lenient(w.last.Govern(PodFacts{}))
			b.ReportAllocs()
			for b.Loop() {
				w.last.LeastViolating(governing, candidates)
			}
		})
	}
}
