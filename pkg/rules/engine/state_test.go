package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// everyRule keeps what is remembered of all.
func everyRule(rules.Key, int) bool { return true }

// restart returns the world with an engine that knows only what is written down.
func (w *world) restart(t *testing.T) *world {
	t.Helper()
	text, err := json.Marshal(w.engine.State(everyRule))
	if err != nil {
		t.Fatal(err)
	}
	stored := new(State)
	if err := json.Unmarshal(text, stored); err != nil {
		t.Fatal(err)
	}
	return &world{engine: New(Options{NewNodeGrace: 3 * time.Minute}, stored), set: w.set, nodes: w.nodes}
}

func TestPhasesSurviveARestart(t *testing.T) {
	rule := above90(func(r *rules.Rule) {
		r.For, r.KeepFiringFor, r.When.Leaf.Clear = 30*time.Second, time.Minute, 80
	})
	w := newWorld(setOf(rule), nodes("pending", "firing", "keeping", "calm"))
	w.tick(at(0), "memory", map[string]float64{"pending": 10, "firing": 95, "keeping": 95, "calm": 10})
	w.tick(at(30), "memory", map[string]float64{"pending": 10, "firing": 95, "keeping": 95, "calm": 10})
	w.tick(at(40), "memory", map[string]float64{"pending": 95, "firing": 95, "keeping": 10, "calm": 10})
	again := w.restart(t)
	values := map[string]float64{"pending": 95, "firing": 85, "keeping": 10, "calm": 85}
	w.tick(at(50), "memory", values)
	again.tick(at(50), "memory", values)
	for node, want := range map[string]Phase{"pending": Pending, "firing": Firing, "keeping": Keeping, "calm": Inactive} {
		if got := again.phase(t, node); got != want {
			t.Errorf("%s is %v after the restart, want %v", node, got, want)
		}
	}
	if diff := cmp.Diff(w.engine.State(everyRule), again.engine.State(everyRule)); diff != "" {
		t.Errorf("the restart left a trace (−without +with):\n%s", diff)
	}
}

func TestANewLeaderTellsSinceWhenAPairKeepsPodsOff(t *testing.T) {
	rule := above90(func(r *rules.Rule) { r.KeepFiringFor = time.Hour })
	hot, unknown := map[string]float64{"a": 95, "b": 10}, readings{}
	for sentence, c := range map[string]struct {
		run   func(*world) *world
		first time.Time
		want  Transition
	}{
		"what began with the first evaluation is new": {func(w *world) *world { return w }, at(0),
			Transition{To: Firing, At: at(0), Sentence: "memory is 95% (memory > 90)"}},
		"what began before leading stands": {func(w *world) *world { w.tick(at(30), "memory", hot); return w }, at(-30),
			Transition{To: Firing, At: at(30), Since: at(0), Sentence: "memory is 95% (memory > 90)"}},
		"keeping stands since it fired, with what was known": {func(w *world) *world { w.read(at(30), unknown); return w }, at(-30),
			Transition{To: Keeping, At: at(30), Since: at(0), Sentence: "memory is unknown: no sample, and was 95% at 12:00:00 UTC"}},
		"after a restart no value is known": {func(w *world) *world { w = w.restart(t); w.read(at(30), unknown); return w }, at(30),
			Transition{To: Keeping, At: at(30), Since: at(0), Sentence: "memory is unknown: no sample"}},
	} {
		w := newWorld(setOf(rule), nodes("a", "b"))
		w.tick(at(0), "memory", hot)
		w = c.run(w)
		c.want.Rule, c.want.Node = rule.Key(), "a"
		if diff := cmp.Diff([]Transition{c.want}, w.last.Standing(c.first)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
	}
}

func TestOnlyWhatIsNotPlainlyInactiveIsStored(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("hot", "calm"))
	w.tick(at(0), "memory", map[string]float64{"hot": 95, "calm": 10})
	stored := w.engine.State(everyRule)
	if len(stored.Rules) != 1 || len(stored.Rules[0].Nodes) != 1 || stored.Rules[0].Nodes["hot"] == nil {
		t.Errorf("stored is %+v, want the hot node alone", stored)
	}
	w.tick(at(5), "memory", map[string]float64{"hot": 10, "calm": 10})
	if stored := w.engine.State(everyRule); len(stored.Rules) != 0 {
		t.Errorf("stored is %+v, want nothing", stored)
	}
}

func TestAStoredStateIsForItsConditionAndNode(t *testing.T) {
	base := func() *world {
		w := newWorld(setOf(above90(func(r *rules.Rule) { r.KeepFiringFor = time.Hour })), nodes("a"))
		w.tick(at(0), "memory", map[string]float64{"a": 95})
		return w
	}
	for name, c := range map[string]struct {
		change func(*world)
		want   Phase
	}{
		"nothing changed":                     {func(*world) {}, Keeping},
		"a longer for is the same condition":  {func(w *world) { w.set.Rules[0].For = time.Hour }, Keeping},
		"another threshold is another one":    {func(w *world) { w.set.Rules[0].When = leafOf("memory", rules.Above, 80) }, Inactive},
		"another name is another rule":        {func(w *world) { w.set.Rules[0].Name = "new" }, Inactive},
		"another node may have the same name": {func(w *world) { w.nodes[0].Created = at(1) }, Inactive},
	} {
		w := base()
		again := w.restart(t)
		again.set, again.nodes = setOf(w.set.Rules[0]), nodes("a")
		c.change(again)
		again.tick(at(5), "memory", map[string]float64{"a": 10})
		if got := again.phase(t, "a"); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWithoutAStoredStateBrokenCountsAsFiring(t *testing.T) {
	rule := above90(func(r *rules.Rule) { r.For = time.Hour })
	for name, c := range map[string]struct {
		stored *State
		want   Phase
	}{
		"without a stored state": {nil, Firing},
		"with an empty one":      {&State{}, Pending},
	} {
		w := &world{engine: New(Options{}, c.stored), set: setOf(rule), nodes: nodes("a")}
		w.tick(at(0), "memory", map[string]float64{"a": 95})
		if got := w.phase(t, "a"); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAStoredPhaseOfAnotherVersionIsDropped(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 95})
	w.engine.State(everyRule).Rules[0].Nodes["a"].Phase = 9 // a copy: the engine is not changed by it
	stored := w.engine.State(everyRule)
	stored.Rules[0].Nodes["a"].Phase = 9
	again := &world{engine: New(Options{}, stored), set: w.set, nodes: w.nodes}
	again.tick(at(1), "memory", nil)
	if got := again.phase(t, "a"); got != Inactive {
		t.Errorf("a phase that nobody knows became %v", got)
	}
}

func TestAnEditKeepsThePhasesOfConditionsThatStay(t *testing.T) {
	stays, changes := above90(func(r *rules.Rule) { r.Name, r.KeepFiringFor = "stays", time.Hour }), above90(func(r *rules.Rule) { r.Name, r.KeepFiringFor = "changes", time.Hour })
	w := newWorld(setOf(changes, stays), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 95})
	changes.When = leafOf("memory", rules.Above, 91)
	w.set = setOf(changes, stays)
	w.tick(at(5), "memory", nil)
	for i, want := range []Phase{Inactive, Keeping} {
		if v, _ := w.last.Explain(w.set.Rules[i].Key(), "a"); v.Phase != want {
			t.Errorf("%s is %v, want %v", w.set.Rules[i].Name, v.Phase, want)
		}
	}
}
