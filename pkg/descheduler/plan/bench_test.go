package plan_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// BenchmarkMake plans for a cluster of 5,000 nodes and 100,000 pods. A plan is handed
// the nodes that are in trouble and their pods: with 1 % of the nodes firing those are
// 50 nodes, each with as many pods as a kubelet takes, so that the others cost nothing.
// Prove answers at once: what a proof costs is measured where proofs are made.
func BenchmarkMake(b *testing.B) {
	for _, c := range []struct {
		name        string
		nodes, pods int
		excess      float64
		two         bool
	}{
		{"1% firing, one pod is enough", 50, 110, 2, false},
		{"1% firing, three pods", 50, 110, 10, false},
		{"1% firing, ten pods", 50, 110, 35, false},
		{"1% firing, more than all pods", 50, 110, 1000, false},
		{"1% firing, two resources, one pod", 50, 110, 1, true},
		{"1% firing, two resources, three pods", 50, 110, 8, true},
		{"1% firing, two resources, ten pods", 50, 110, 30, true},
		{"all nodes firing, three pods", 5000, 20, 10, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := crowded(c.nodes, c.pods, c.excess, c.two)
			b.ReportAllocs()
			exact := 0
			for b.Loop() {
				exact = 0
				for _, n := range plan.Make(in).Nodes {
					if n.Exact {
						exact++
					}
				}
			}
			b.ReportMetric(100*float64(exact)/float64(c.nodes), "%exact")
		})
	}
}

// crowded has pods of up to 4 GiB and 4 cores, no two alike.
func crowded(nodes, pods int, excess float64, two bool) plan.In {
	r := rand.New(rand.NewPCG(1, 2))
	var all []plan.Source
	for n := range nodes {
		var of []plan.Pod
		for p := range pods {
			of = append(of, pod(fmt.Sprintf("pod-%d-%d", n, p), 4*r.Float64(), cores(4*r.Float64()), priority(int32(r.IntN(2)))))
		}
		troubles := []plan.Trouble{trouble(memory, part(rules.ResourceMemory, excess*gib))}
		if two {
			troubles = append(troubles, trouble(cpu, part(rules.ResourceCPU, excess)))
		}
		all = append(all, node(fmt.Sprintf("hot-%d", n), of, troubles...))
	}
	return world(all...)
}
