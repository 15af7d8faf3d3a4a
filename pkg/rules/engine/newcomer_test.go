package engine

import (
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestANewcomerIsJudgedAsTheNextBoardWill compares both for a pod of 5 GiB and more.
func TestANewcomerIsJudgedAsTheNextBoardWill(t *testing.T) {
	memory := leafOf("memory", rules.Above, 90)
	for name, c := range map[string]struct {
		rule rules.Rule
		// seconds before the first Board at which the node was made, though nobody saw it
		age  int
		want bool
	}{
		"by what its pods request":             {blocking(memory), 0, true},
		"by the free memory that it will have": {blocking(leafOf("memory-available", rules.Below, 10*gib)), 0, true},
		"by what stands beside it":             {blocking(anyOf(leafOf("health", rules.Above, 0), memory)), 0, true},
		"not by what no pod moves":             {blocking(leafOf("health", rules.Above, 0)), 0, false},
		"not where it is no longer new":        {blocking(memory), 3600, false},
		"not by rules for others":              {above90(func(r *rules.Rule) { r.Nodes = labels.SelectorFromSet(labels.Set{"zone": "elsewhere"}) }), 0, false},
	} {
		w := newWorld(setOf(c.rule), nodes("old"))
		w.tick(at(0), "memory", map[string]float64{"old": 50})
		joined := nodes("new")[0]
		joined.Created = at(-c.age)
		governing := w.last.Govern(PodFacts{})
		newcomer := w.last.View(governing).Newcomer(joined)
		w.nodes = append(w.nodes, joined)
		w.tick(at(1), "memory", map[string]float64{"old": 50})
		need, next := Amounts{Memory: 5 * gib, Pods: 1}, w.outlook("new")
		for requested := range 20 {
			asked := Amounts{Memory: float64(80+requested) * gib, Pods: 1}
			_, got := newcomer.WouldBreak(need, Amounts{}, asked)
			if _, want := next.WouldBreak(need, Amounts{}, asked); got != want || got != (c.want && requested > 5) {
				t.Errorf("%s: with %d GiB requested it is kept off: %v, and by the next Board: %v", name, 80+requested, got, want)
			}
		}
		if w.last.Node("old") == nil || w.last.Version != 2 {
			t.Errorf("%s: the newcomer moved the engine to Board %d", name, w.last.Version)
		}
	}
}
