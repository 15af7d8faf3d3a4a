package evaluator

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// load returns what a successor finds stored.
func (w *world) load() state.Content {
	w.t.Helper()
	content, problems, err := newStore(w.client).Load(w.t.Context())
	if err != nil || problems != nil {
		w.t.Fatal(problems, err)
	}
	return content
}

// from lets an Evaluator begin with stored content.
func from(content state.Content) func(*Options) {
	return func(o *Options) { o.Stored = content }
}

func TestPhasesAndTextsSurviveAFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newNodes(2)
		first := newWorld(t, hot, nodes)
		first.rules.good = []rulesource.GoodText{{Unit: rulesource.Unit{Namespace: "ours", ConfigMap: "c", Key: "k.yaml"}, UID: "1", Text: "x"}}
		first.memory.set(map[string]float64{"n0": 95, "n1": 50})
		first.start()
		resign := first.lead()
		resign()
		content := first.load()
		if diff := cmp.Diff(first.rules.good, TextsOf(content)); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
		second := newWorld(t, hot, nodes, from(content))
		second.memory.fail("down")
		second.start()
		second.wantTurns("hot n0 firing-keeping")
		second.lead()
		want := "A rule still fires rule=hot nodes=1 node=n0 because=memory is unknown: source s: down since=" + fmt.Sprint(first.began.UTC().Add(100*time.Millisecond))
		if diff := cmp.Diff([]string{want}, second.lines("A rule still fires")); diff != "" || second.lines("A rule fires") != nil {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
		told := told{"Warning TelemetryRuleFiring", "Rule hot still fires, since 2000-01-01 00:00:00 UTC: memory is unknown: source s: down"}
		if got := second.takeEvents(); !slices.Contains(got, told) {
			t.Errorf("the Events are %q, want %q among them", got, told)
		}
		if !second.keepsOff("n0") || second.keepsOff("n1") {
			t.Error("the wrong nodes are blocked after the failover")
		}
	})
}

// TestForGoesOnAfterACrash holds even though no phase changed in the minute
// before the crash, which leaves the state without a last write.
func TestForGoesOnAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newNodes(2)
		values := map[string]float64{"n0": 95, "n1": 50}
		first := newWorld(t, "", nodes)
		first.memory.set(values)
		first.start()
		first.lead()
		first.rules.write(long, rules.Pause{})
		first.pass(90 * time.Second)
		first.wantTurns("long n0 inactive-pending")
		second := newWorld(t, long, nodes, from(first.load()))
		second.memory.set(values)
		second.memory.pause(5 * time.Second)
		second.start()
		second.pass(20 * time.Second)
		second.wantTurns()
		second.pass(30 * time.Second)
		second.wantTurns("long n0 pending-firing")
	})
}

func TestWithoutStoredStateWhatIsSeenFirstCountsAsFiring(t *testing.T) {
	empty := state.Content{sectionPhases: {presence: []byte("{}")}}
	for sentence, tc := range map[string]struct {
		stored state.Content
		want   string
	}{
		"nothing was stored":             {nil, "long n0 inactive-firing"},
		"a run without phases was there": {empty, "long n0 inactive-pending"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "", newNodes(1), from(tc.stored))
				loaded := make(chan struct{})
				w.rules.loaded = loaded
				w.memory.set(map[string]float64{"n0": 95})
				w.start() // telemetry is there, and the rules come later
				w.rules.write(long, rules.Pause{})
				close(loaded)
				w.pass(time.Second)
				w.wantTurns(tc.want)
			})
		})
	}
}

func TestALeaderWithoutABoardOverwritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newNodes(1)
		first := newWorld(t, hot, nodes)
		first.memory.set(map[string]float64{"n0": 95})
		first.start()
		first.lead()()
		want := first.load()
		second := newWorld(t, hot, nodes, from(want), func(o *Options) { o.State = newStore(first.client) })
		second.memory.pause(time.Hour)
		second.run()
		defer second.lead()()
		second.pass(8 * time.Second)
		if diff := cmp.Diff(want[sectionPhases], first.load()[sectionPhases]); diff != "" || len(want[sectionPhases]) != 2 {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
	})
}

func TestALeaderThatWasReplacedWritesNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1))
		w.memory.set(map[string]float64{"n0": 50})
		w.start()
		resign := w.lead()
		ctx, stop := context.WithCancel(t.Context())
		successor := newStore(w.client)
		successor.Put(sectionPhases, []state.Entry{{Key: "successor", Value: []byte("1")}})
		ended := make(chan error)
		go func() { ended <- successor.Run(ctx) }()
		w.pass(5 * time.Second)
		w.memory.set(map[string]float64{"n0": 95})
		w.pass(30 * time.Second)
		w.wantTurns("hot n0 inactive-firing")
		resign()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, found := w.load()[sectionPhases]["successor"]; !found {
			t.Error("the former leader wrote after its successor")
		}
	})
}

// TestWhatDoesNotChangeIsNotWritten counts the writes of an hour in which no rule
// fires.
func TestWhatDoesNotChangeIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1))
		w.memory.set(map[string]float64{"n0": 50})
		w.start()
		defer w.lead()()
		w.pass(time.Minute)
		w.client.ClearActions()
		w.pass(time.Hour)
		for _, a := range w.client.Actions() {
			if a.GetVerb() != "list" && a.GetVerb() != "watch" {
				t.Errorf("%s of %s", a.GetVerb(), a.GetResource().Resource)
			}
		}
	})
}
