package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// widest is a tree with as many alternatives as rules.Parse allows.
func widest(r *rand.Rand, shape ...int) rules.Condition {
	metrics := []string{"cpu", "memory", "pods"}
	var all []rules.Condition
	for _, n := range shape {
		order := r.Perm(3)
		var branches []rules.Condition
		for i := range n {
			branches = append(branches, leafOf(metrics[order[i]], rules.Above, 50+40*r.Float64()))
		}
		all = append(all, anyOf(branches...))
	}
	return allOf(all...)
}

// TestLimitsAreFewerThanAlternatives holds for trees of every shape that has not more
// than sixteen of them: what pods can do to a node does not grow beyond it.
func TestLimitsAreFewerThanAlternatives(t *testing.T) {
	builtins, r := rules.Builtins(15*time.Second, time.Minute), rand.New(rand.NewPCG(7, 9))
	for _, shape := range [][]int{{3, 3}, {2, 2, 2, 2}, {2, 2, 3}, {3, 2, 2}} {
		for range 200 {
			set := &rules.RuleSet{Metrics: builtins, Rules: []rules.Rule{blocking(widest(r, shape...))}}
			w := newWorld(set, nodes("a", "young"))
			w.nodes[1].Created = start
			w.read(start, readings{"cpu a": {value: 30, at: start}, "memory a": {value: 30, at: start}, "pods a": {value: 30, at: start}, "pods young": {value: 1, at: start}})
			for i := range w.last.nodes {
				if n := len(w.last.nodes[i].limits); n > 6 {
					t.Fatalf("%s leaves %d limits on %s", set.Rules[0].When.String(), n, w.nodes[i].Name)
				}
			}
		}
	}
}

// TestAPodSeesNoLimitsOfOtherNamespaces counts what one look has to go through.
func TestAPodSeesNoLimitsOfOtherNamespaces(t *testing.T) {
	var list []rules.Rule
	add := func(namespace string, count int) {
		for i := range count {
			list = append(list, above90(func(r *rules.Rule) { r.Namespace, r.Name = namespace, fmt.Sprintf("r%03d", i) }))
		}
	}
	add("", 3)
	add("team-a", 100)
	add("team-b", 2)
	add("team-c", 100)
	w := newWorld(setOf(list...), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 50})
	for namespace, want := range map[string]int{"team-b": 5, "elsewhere": 3, "team-c": 103} {
		v := w.last.View(w.last.Govern(PodFacts{Namespace: namespace}))
		if got := len(w.last.nodes[0].within(v.parts[0].spans[0])) + len(w.last.nodes[0].within(v.parts[0].spans[1])); got != want {
			t.Errorf("a pod of %s looks at %d limits, want %d", namespace, got, want)
		}
		need := Amounts{Memory: 60 * gib}
		reason, breaks := v.Node("a").WouldBreak(need, Amounts{}, Amounts{})
		if !breaks || reason.rule() != 0 {
			t.Errorf("a pod of %s would break %v (%v), want the cluster's first rule", namespace, reason, breaks)
		}
		if n := testing.AllocsPerRun(100, func() { v.parts[0].firstBroken(&w.last.nodes[0], need, Amounts{}) }); n != 0 {
			t.Errorf("it allocates %v times", n)
		}
	}
}
