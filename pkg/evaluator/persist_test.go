package evaluator

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

func stored(section string, entries []state.Entry) state.Content {
	out := state.Content{section: map[string]json.RawMessage{}}
	for _, e := range entries {
		out[section][e.Key] = e.Value
	}
	return out
}

func TestTextsAreReadBackAsTheyWereStored(t *testing.T) {
	want := []rulesource.GoodText{
		{Unit: rulesource.Unit{Namespace: "n", ConfigMap: "a", Key: "k.yaml"}, UID: "1", Text: "rules: []\n"},
		{Unit: rulesource.Unit{Namespace: "n", ConfigMap: "b", Key: "k.yaml"}, UID: "2", Text: "é\r\n\"<&>"},
	}
	if diff := cmp.Diff(want, TextsOf(stored(sectionTexts, textEntries(want)))); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestATextThatCannotBeReadIsLeftOut(t *testing.T) {
	content := state.Content{sectionTexts: {"a": json.RawMessage(`7`)}}
	if got := TextsOf(content); got != nil {
		t.Errorf("texts %v", got)
	}
}

func TestPhasesAreReadBackAsTheyWereStored(t *testing.T) {
	want := &engine.State{Rules: []engine.RuleState{
		{Rule: rules.Key{Name: "a"}, Fingerprint: "f", Nodes: map[string]*engine.PairState{"n0": {Created: 1, Phase: engine.Firing, Since: 2}}},
		{Rule: rules.Key{Namespace: "n", Name: "a"}, Fingerprint: "g", Nodes: map[string]*engine.PairState{"n1": {Created: 1, Broke: true}}},
	}}
	if diff := cmp.Diff(want, phasesOf(stored(sectionPhases, phaseEntries(want)))); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

func TestARunWithNothingToRememberIsNoFirstRun(t *testing.T) {
	if got := phasesOf(stored(sectionPhases, phaseEntries(&engine.State{}))); got == nil || len(got.Rules) != 0 {
		t.Errorf("phases %v, want none and a stored state", got)
	}
	if got := phasesOf(state.Content{}); got != nil {
		t.Errorf("phases %v, want no stored state", got)
	}
}

func TestPhasesThatCannotBeReadAreLeftOut(t *testing.T) {
	content := state.Content{sectionPhases: {"a": json.RawMessage(`7`)}}
	if got := phasesOf(content); got == nil || len(got.Rules) != 0 {
		t.Errorf("phases %v", got)
	}
}
