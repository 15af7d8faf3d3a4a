package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestNodesThatRulesCloseAreCounted(t *testing.T) {
	named := func(name string, change ...func(*rules.Rule)) rules.Rule {
		r := above90(change...)
		r.Name = name
		return r
	}
	cold := named("cold", func(r *rules.Rule) { r.When = leafOf("memory", rules.Below, 10) })
	for sentence, c := range map[string]struct {
		rules []rules.Rule
		pause rules.Pause
		want  Closed
	}{
		"no rule":                    {nil, rules.Pause{}, Closed{[]int{}, 0}},
		"a rule on two of four":      {[]rules.Rule{named("hot")}, rules.Pause{}, Closed{[]int{2}, 2}},
		"two rules on all of them":   {[]rules.Rule{named("hot"), cold}, rules.Pause{}, Closed{[]int{2, 2}, 4}},
		"a node of two rules is one": {[]rules.Rule{named("hot"), named("too")}, rules.Pause{}, Closed{[]int{2, 2}, 2}},
		"a rule for some pods closes its nodes to those alone": {
			[]rules.Rule{named("hot", func(r *rules.Rule) { r.Pods = labels.SelectorFromSet(labels.Set{"app": "web"}) })}, rules.Pause{}, Closed{[]int{2}, 0}},
		"one of a namespace too": {[]rules.Rule{named("hot", func(r *rules.Rule) { r.Namespace = "team" })}, rules.Pause{}, Closed{[]int{2}, 0}},
		"and one for pods of low priority": {
			[]rules.Rule{named("hot", func(r *rules.Rule) { r.MaxPodPriority = new(int32) })}, rules.Pause{}, Closed{[]int{2}, 0}},
		"one that only avoids closes none": {
			[]rules.Rule{named("hot", func(r *rules.Rule) { r.Block, r.Avoid = nil, &rules.Avoid{} })}, rules.Pause{}, Closed{[]int{0}, 0}},
		"nor does a dry run":                    {[]rules.Rule{named("hot", func(r *rules.Rule) { r.DryRun = true })}, rules.Pause{}, Closed{[]int{0}, 0}},
		"nor one of a paused file":              {[]rules.Rule{named("hot", func(r *rules.Rule) { r.Paused = true })}, rules.Pause{}, Closed{[]int{0}, 0}},
		"nor any while the stop button is down": {[]rules.Rule{named("hot")}, rules.Pause{Block: true}, Closed{[]int{0}, 0}},
		"a silence opens one node": {[]rules.Rule{named("hot")},
			rules.Pause{Silences: []rules.Silence{{Rule: rules.Key{Name: "hot"}, Node: "a", Until: at(100)}}}, Closed{[]int{1}, 1}},
	} {
		t.Run(sentence, func(t *testing.T) {
			set := setOf(c.rules...)
			set.Pause = c.pause
			w := newWorld(set, nodes("a", "b", "c", "d"))
			w.tick(at(0), "memory", map[string]float64{"a": 95, "b": 95, "c": 5, "d": 5})
			if diff := cmp.Diff(c.want, w.last.Closed()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
