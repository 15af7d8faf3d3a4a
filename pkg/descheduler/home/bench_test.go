package home

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
)

// bigTown has 5,000 nodes with 20 pods each.
func bigTown(b *testing.B) *town {
	used := map[string]float64{}
	var objects []runtime.Object
	for n := range 5000 {
		node := fmt.Sprintf("n%04d", n)
		used[node] = 40
		for p := range 20 {
			objects = append(objects, newPod(fmt.Sprintf("p%04d-%02d", n, p), node, "2Gi"))
		}
	}
	used["n0000"] = 95
	return newTown(b, used, objects...)
}

// BenchmarkLook copies a cluster of 5,000 nodes and 100,000 pods.
func BenchmarkLook(b *testing.B) {
	w := bigTown(b)
	b.ReportAllocs()
	for b.Loop() {
		w.prover.Look()
	}
}

// BenchmarkProve proves a home among 5,000 nodes, where the first node takes the pod and
// where none does.
func BenchmarkProve(b *testing.B) {
	w := bigTown(b)
	for name, memory := range map[string]string{"TheFirstTakesIt": "2Gi", "NoneTakesIt": "70Gi"} {
		b.Run(name, func(b *testing.B) {
			victim := newPod("p0000-00", "n0000", memory)
			sight := w.prover.Look()
			q := Question{Victim: victim, Replacement: Replacement(victim, nil), Suits: everywhere}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sight.Prove(b.Context(), q, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
		})
	}
}
