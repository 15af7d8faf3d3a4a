package engine

import (
	"testing"
	"time"

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
