package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// newBenchWorld has old nodes between 20 and 80 % and rules between 81 and 95 %,
// a quarter of them trees of two metrics.
func newBenchWorld(ruleCount, nodeCount int) (*world, readings) {
	var list []rules.Rule
	for i := range ruleCount {
		r := blocking(leafOf("memory", rules.Above, 81+float64(i%15)))
		if i%4 == 3 {
			r.When = anyOf(r.When, leafOf("cpu", rules.Above, 85))
		}
		r.Name = fmt.Sprintf("rule-%04d", i)
		list = append(list, r)
	}
	names := make([]string, nodeCount)
	for i := range names {
		names[i] = fmt.Sprintf("node-%05d", i)
	}
	return newWorld(setOf(list...), nodes(names...)), make(readings)
}

// refill makes every sample new.
func (r readings) refill(now time.Time, names []Node, random *rand.Rand) {
	for i := range names {
		r["memory "+names[i].Name] = reading{value: 20 + 60*random.Float64(), at: now}
		r["cpu "+names[i].Name] = reading{value: 20 + 60*random.Float64(), at: now}
	}
}

// BenchmarkGovern asks which of 100 rules govern a pod.
func BenchmarkGovern(b *testing.B) {
	w, r := newBenchWorld(100, 1)
	w.read(start, r)
	pod := PodFacts{Namespace: "default", Labels: map[string]string{"app": "web"}}
	b.ReportAllocs()
	for b.Loop() {
		w.last.Govern(pod)
	}
}

// BenchmarkView looks at all nodes with the eyes of pods that one set of rules
// governs, as the first of them in each evaluation does.
func BenchmarkView(b *testing.B) {
	w, r := newBenchWorld(100, 5000)
	r.refill(start, w.nodes, rand.New(rand.NewPCG(1, 2)))
	w.read(start, r)
	g := w.last.Govern(PodFacts{})
	b.ReportAllocs()
	for b.Loop() {
		w.last.newView(g)
	}
}

// BenchmarkNode asks both questions of a node with 100 rules: a pod for which there
// is plenty of room, and one that would break a rule.
func BenchmarkNode(b *testing.B) {
	w, r := newBenchWorld(100, 1)
	r.refill(start, w.nodes, rand.New(rand.NewPCG(1, 2)))
	w.read(start, r)
	node := w.outlook(w.nodes[0].Name)
	for name, c := range map[string]struct {
		need   Amounts
		breaks bool
	}{
		"roomy":  {Amounts{CPU: 0.1, Memory: gib, Pods: 1}, false},
		"breaks": {Amounts{CPU: 0.1, Memory: 99 * gib, Pods: 1}, true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, blocked := node.Blocked(); blocked {
					b.Fatal("blocked")
				}
				if _, breaks := node.WouldBreak(c.need, Amounts{}, Amounts{}); breaks != c.breaks {
					b.Fatal("the answer is wrong")
				}
			}
		})
	}
}

// BenchmarkScores ranks all nodes with the eyes of pods of one taste: three preferences
// and a rule that takes points off. It happens once an evaluation, like BenchmarkView.
func BenchmarkScores(b *testing.B) {
	w, r := newBenchWorld(0, 5000)
	avoiding := blocking(leafOf("memory", rules.Above, 70))
	avoiding.Avoid = &rules.Avoid{Points: 30}
	w.set = setOf(avoiding)
	w.set.Preferences = []rules.Preference{prefer(rules.PreferLow, "memory"), prefer(rules.PreferHigh, "cpu"), prefer(rules.PreferNear, "cpu", target(70))}
	r.refill(start, w.nodes, rand.New(rand.NewPCG(1, 2)))
	w.read(start, r)
	taste := w.last.Taste(PodFacts{})
	b.ReportAllocs()
	for b.Loop() {
		w.last.newScores(taste)
	}
}

// BenchmarkState is what the leader adds to an evaluation that changed a phase: no rule
// fires, or one in ten on every node.
func BenchmarkState(b *testing.B) {
	for name, firing := range map[string]int{"calm": 0, "firing": 10} {
		b.Run(name, func(b *testing.B) {
			w, r := newBenchWorld(100, 5000)
			for i := range firing {
				w.set.Rules[10*i].When = leafOf("memory", rules.Above, 10)
			}
			r.refill(start, w.nodes, rand.New(rand.NewPCG(1, 2)))
			w.read(start, r)
			b.ReportAllocs()
			for b.Loop() {
				w.engine.State(everyRule)
			}
		})
	}
}
