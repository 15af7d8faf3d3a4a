package evaluator

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// storedPhases is what is stored of phases.
func storedPhases(phases *engine.State) state.Content {
	ours, tenants := phaseEntries(phases)
	out := stored(sectionPhases, ours)
	maps.Copy(out, stored(sectionTenantPhases, tenants))
	return out
}

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
	if diff := cmp.Diff(want, PhasesOf(storedPhases(want))); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

func TestARunWithNothingToRememberIsNoFirstRun(t *testing.T) {
	if got := PhasesOf(storedPhases(&engine.State{})); got == nil || len(got.Rules) != 0 {
		t.Errorf("phases %v, want none and a stored state", got)
	}
	if got := PhasesOf(state.Content{}); got != nil {
		t.Errorf("phases %v, want no stored state", got)
	}
}

func TestPhasesThatCannotBeReadAreLeftOut(t *testing.T) {
	content := state.Content{sectionPhases: {"a": json.RawMessage(`7`)}}
	if got := PhasesOf(content); got == nil || len(got.Rules) != 0 {
		t.Errorf("phases %v", got)
	}
}

func TestPhasesOfOtherNamespacesAreBounded(t *testing.T) {
	room, got := phaseRoom{theirs: map[string]int{}}, []string{}
	take := func(namespace, name string, nodes int) {
		if key := (rules.Key{Namespace: namespace, Name: name}); room.take(key, nodes) {
			got = append(got, key.String())
		}
	}
	take("", "hot", 2*mostPhases)
	take("a", "x", mostPhases-1)
	take("a", "y", 2)
	take("a", "z", 1)
	take("b", "x", 2)
	for i := range 4 {
		take(fmt.Sprintf("c%d", i), "x", mostPhases)
	}
	if diff := cmp.Diff([]string{"hot", "a/x", "a/z", "b/x", "c0/x", "c1/x", "c2/x"}, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestPhasesThatAnEarlierVersionStoredAreRead(t *testing.T) {
	want := []engine.RuleState{{Rule: rules.Key{Name: "a"}, Fingerprint: "f"}, {Rule: rules.Key{Namespace: "n", Name: "a"}, Fingerprint: "g"}}
	ours, tenants := phaseEntries(&engine.State{Rules: want}) // all were in one section
	if diff := cmp.Diff(want, PhasesOf(stored(sectionPhases, append(ours, tenants...))).Rules); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

func TestPhasesOfRulesThatEvictComeFirst(t *testing.T) {
	phases := &engine.State{Rules: []engine.RuleState{{Rule: rules.Key{Name: "a"}}, {Rule: rules.Key{Name: "b"}}, {Rule: rules.Key{Name: "c"}}}}
	ours, _ := phaseEntries(phases)
	evictingFirst(ours, &rules.RuleSet{Rules: []rules.Rule{{Name: "a"}, {Name: "b", Evict: &rules.Evict{}}, {Name: "c", Evict: &rules.Evict{}}}})
	var got []string
	for _, e := range ours {
		got = append(got, e.Key)
	}
	if diff := cmp.Diff([]string{presence, "b", "c", "a"}, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}
