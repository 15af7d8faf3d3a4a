package main

import (
	"encoding/json"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// answers are of a node of 64 GiB with 75 % in use, 5 % in flight and a line at 90 %.
func answers(t *testing.T, headroom string) (pod v1alpha1.PodVerdict, values v1alpha1.ValueList) {
	t.Helper()
	for text, into := range map[string]any{
		`{"need":{"memory":13743895347},"nodes":[{"node":"node-00","verdict":"WouldBreak","rule":"line",
		  "comparisons":[{"threshold":90}],"headroom":{"memory":` + headroom + `}}]}`: &pod,
		`{"items":[{"value":75,"inFlight":{"unseen":3,"arrived":2}}]}`: &values,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	return pod, values
}

func TestAnAnswerIsBelievedWhereItsNumbersAddUp(t *testing.T) {
	for name, c := range map[string]struct {
		headroom string
		adds     bool
	}{
		"a tenth of the node is left":                  {"6871947673", true},
		"a headroom that forgets what is arriving":     {"8246337208", false},
		"room for the pod, which then needs no reason": {"20615843020", false},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := whyOf(answers(t, c.headroom))
			if err != nil || w.adds() != c.adds {
				t.Errorf("%+v, %v", w, err)
			}
		})
	}
}

func TestAnAnswerWithoutItsNumbersIsNone(t *testing.T) {
	pod, values := answers(t, "0")
	for name, spoil := range map[string]func(){
		"no part in flight": func() { values.Items[0].InFlight = nil },
		"no headroom":       func() { pod.Nodes[0].Headroom.Memory = nil },
		"two evaluations":   func() { values.Board.Version++ },
		"no node":           func() { pod.Nodes = nil },
	} {
		pod, values = answers(t, "0")
		spoil()
		if w, err := whyOf(pod, values); err == nil {
			t.Errorf("%s: %v", name, w)
		}
	}
}

func TestAnOutcomeCountsWhatIsAboveTheLine(t *testing.T) {
	got := outcomeOf([]row{{memory: 90}, {memory: 90.1}, {memory: 99.94}}, 90).String()
	if want := "2 nodes above 90 %, fullest 99.9 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPartsOfNotesEndWithTheirClause(t *testing.T) {
	const note = "0/3 nodes are available: 3 node(s) broke telemetry rule r (a > 1). no new claims; x"
	if got, want := part(note, "broke"), "broke telemetry rule r (a > 1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
