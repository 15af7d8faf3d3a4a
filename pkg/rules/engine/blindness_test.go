package engine

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// reasons says why nothing is known of a node; empty where its value is 50.
type reasons map[string]string

// Sample implements Samples.
func (r reasons) Sample(_, node string) (float64, time.Time, string) {
	if why := r[node]; why != "" {
		return 0, time.Time{}, why
	}
	return 50, at(0), ""
}

func (reasons) Window(string, string) time.Duration { return 0 }

func TestARuleThatKnowsNothingNamesItsCommonestReason(t *testing.T) {
	for sentence, tc := range map[string]struct {
		why  reasons
		want Blindness
	}{
		"all is known": {reasons{}, Blindness{}},
		"one reason":   {reasons{"a": "no value", "b": "no value"}, Blindness{"memory", "no value", 2}},
		"reasons that differ in their examples are of one kind": {
			reasons{"a": `it gives 2 series, such as {cpu="0"}`, "b": `it gives 3 series, such as {cpu="1"}`, "c": "no value"},
			Blindness{"memory", `it gives 2 series, such as {cpu="0"}`, 2},
		},
		"a young node that has not reported yet does not count": {reasons{"young": "no value"}, Blindness{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			list := nodes("a", "b", "c", "young")
			list[3].Created = at(-1)
			w := newWorld(setOf(above90()), list)
			board, _ := w.engine.Advance(at(0), w.set, w.nodes, tc.why)
			if got := board.Blindness(rules.Key{Name: "rule"}); got != tc.want {
				t.Errorf("the reason is %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestRulesThatKnowNothingOfANodeAreNamed(t *testing.T) {
	unknown := reasons{"a": "no value", "young": "no value"}
	for sentence, tc := range map[string]struct {
		node   string
		pause  rules.Pause
		change func(*rules.Rule)
		want   int
	}{
		"nothing is known":                           {node: "a", want: 1},
		"something is known":                         {node: "b"},
		"a young node that has not reported yet":     {node: "young"},
		"somebody silenced the rule there":           {node: "a", pause: rules.Pause{Silences: []rules.Silence{{Node: "a"}}}},
		"the rule is not among those that are meant": {node: "a", change: func(r *rules.Rule) { r.DryRun = true }},
		"the rule does not judge the node":           {node: "a", change: func(r *rules.Rule) { r.Nodes, _ = labels.Parse("no=such") }},
	} {
		t.Run(sentence, func(t *testing.T) {
			list := nodes("a", "b", "young")
			list[2].Created = at(-1)
			rule := above90()
			if tc.change != nil {
				tc.change(&rule)
			}
			set := setOf(rule)
			set.Pause = tc.pause
			w := newWorld(set, list)
			board, _ := w.engine.Advance(at(0), w.set, w.nodes, unknown)
			if got := board.Blind(board.Govern(PodFacts{}), board.Slot(tc.node)); len(got) != tc.want {
				t.Errorf("those that know nothing are %v", got)
			}
		})
	}
}
