package descheduler

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// left is what a process leaves behind in the stored state, which is JSON. The phases are
// those of a round before the last one: they are written now and then. What is remembered
// of moves is written before each.
type left struct {
	phases, newest []byte
	moves          map[string]json.RawMessage
}

func (w *world) leaveBehind() {
	w.left.phases = w.left.newest
	w.left.newest, _ = json.Marshal(w.engine.State(func(rules.Key, int) bool { return true }))
	w.left.moves = map[string]json.RawMessage{}
	for _, e := range w.memory.Entries() {
		w.left.moves[e.Key] = e.Value
	}
}

// restart lets another process go on with what the one before left behind. What that
// measured of pods is gone: they are measured anew.
func (w *world) restart() {
	stored := new(engine.State)
	if err := json.Unmarshal(w.left.phases, stored); err != nil {
		panic(err)
	}
	remembered, err := memory.Restore(w.clock(), w.left.moves, nil)
	if err != nil {
		panic(err)
	}
	w.begin(stored, remembered)
}

// begin starts a process. The room of moves under way is held again.
func (w *world) begin(stored *engine.State, remembered *memory.Memory) {
	w.engine, w.board, w.memory, w.last, w.homes = engine.New(engine.Options{}, stored), nil, remembered, plan.Plan{}, map[int]int{}
	for i := range w.slots {
		w.slots[i].seen = -measuredEvery
	}
	for _, v := range w.memory.Moving() {
		if v.Bound.IsZero() {
			w.homes[w.slotOf(v.UID)] = w.moves[v.UID].home
		}
	}
}

// TestAStartWithoutStateMovesNothingAtOnce has the state lost in the very round in which a
// pod would be moved, under a rule whose "for" is longer than its "after".
func TestAStartWithoutStateMovesNothingAtOnce(t *testing.T) {
	patient := relieve
	patient.For = 4 * time.Minute
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) {
			undisturbed, w := newWorld(roomy, seed+1), newWorld(roomy, seed+1)
			undisturbed.set, w.set = ruleSetOf(patient), ruleSetOf(patient)
			undisturbed.run()
			first := undisturbed.begun[0]
			w.until(first.at)
			w.begin(nil, memory.New())
			w.round()
			if reason := w.reasonOn(first.from); reason != plan.Assumed {
				t.Errorf("of %s, which was found hot, nothing is moved because %q, want %q", names[first.from], reason, plan.Assumed)
			}
			w.until(w.load.Length)
			if len(w.begun) == 0 {
				t.Error("nothing is ever moved")
			} else if at := w.begun[0].at; at < first.at+patient.For {
				t.Errorf("a pod is moved %v after a start without state, by a rule for %v", at-first.at, patient.For)
			}
		})
	}
}
