package evaluator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestOnlyTheLeaderSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.set(map[string]float64{"n0": 95, "n1": 50})
		w.start()
		w.wantEvents()
		resign := w.lead()
		w.wantEvents("Warning TelemetryRuleFiring")
		w.memory.set(map[string]float64{"n0": 50, "n1": 95})
		w.pass(20 * time.Second)
		got := w.takeEvents()
		if diff := cmp.Diff(map[string]int{"Normal TelemetryRuleInactive": 1, "Warning TelemetryRuleFiring": 1}, tally(got)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		resign()
		w.memory.set(map[string]float64{"n0": 95, "n1": 95})
		w.pass(20 * time.Second)
		w.wantEvents()
		defer w.lead()()
		w.wantEvents("Warning TelemetryRuleFiring", "Warning TelemetryRuleFiring") // what happened while nobody led
	})
}

func TestARuleThatKeepsNobodyOffIsNotToldLikeOneThatDoes(t *testing.T) {
	for sentence, tc := range map[string]struct {
		fields string
		pause  rules.Pause
		want   string
	}{
		"it keeps pods off":        {"actions: {block: {}}", rules.Pause{}, "Rule hot"},
		"it is a dry run":          {"mode: DryRun, actions: {block: {}}", rules.Pause{}, "Rule hot (dry run)"},
		"the stop button":          {"actions: {block: {}}", rules.Pause{Block: true}, "Rule hot (paused)"},
		"it marks nodes alone":     {"actions: {label: {key: telemetry-scheduler.io/x, value: hot}}", rules.Pause{}, "Rule hot (marks nodes)"},
		"it takes points off":      {"actions: {avoid: {points: 40}}", rules.Pause{}, "Rule hot (takes 40 points off)"},
		"it does both":             {"actions: {block: {}, avoid: {}}", rules.Pause{}, "Rule hot"},
		"it would take points off": {"mode: DryRun, actions: {avoid: {}}", rules.Pause{}, "Rule hot (dry run)"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "", newNodes(1))
				w.memory.set(everyNode(1, 95))
				w.start()
				defer w.lead()()
				text := "- {name: hot, when: {metric: memory, above: 90%}, " + tc.fields + "}\n"
				w.rules.write(text, tc.pause)
				w.pass(time.Second)
				w.memory.set(everyNode(1, 50))
				w.pass(time.Minute)
				var got []string
				for _, v := range w.takeEvents() {
					said, _, _ := strings.Cut(v.text, ":")
					got = append(got, said)
				}
				if diff := cmp.Diff([]string{tc.want + " fires", tc.want + " no longer fires"}, got); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARuleOfAPausedConfigMapIsToldAsPaused(t *testing.T) {
	if got := forceOf(&rules.Rule{Name: "hot", Block: &rules.Block{}, Paused: true}, false); got.of(rules.Key{Name: "hot"}) != "hot (paused)" || got.action() != actionObserve {
		t.Errorf("it is told as %+v", got)
	}
}

func TestANodeHearsThatTheRuleThatFiredThereIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.set(map[string]float64{"n0": 95, "n1": 50})
		w.start()
		defer w.lead()()
		w.takeEvents()
		w.rules.write("", rules.Pause{})
		w.pass(time.Second)
		w.wantEvents("Normal TelemetryRuleInactive")
	})
}

func TestTheLogSaysThatARuleNoLongerFiresOnANodeThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(3))
		w.memory.set(map[string]float64{"n0": 95, "n1": 95, "n2": 50})
		w.start()
		defer w.lead()()
		w.takeEvents()
		if err := w.client.CoreV1().Nodes().Delete(t.Context(), "n1", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		w.wantTurns("hot n0 inactive-firing", "hot n1 firing-inactive", "hot n1 inactive-firing")
		w.wantEvents()
		want := "A rule no longer fires rule=hot nodes=1 node=n1 because=the node is gone"
		if got := w.lines("A rule no longer fires"); !slices.Equal(got, []string{want}) {
			t.Errorf("the log says %q, want %q", got, want)
		}
	})
}

func TestTheLogHoldsChangesAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(3))
		w.memory.set(everyNode(3, 50))
		w.start()
		defer w.lead()()
		for range 3 {
			w.memory.set(everyNode(3, 95))
			w.pass(time.Minute)
			w.memory.fail("no route to host")
			w.pass(4 * time.Minute) // all that is known becomes too old, and the rule lets go
			w.memory.set(everyNode(3, 50))
			w.pass(time.Minute)
		}
		want := map[string]int{
			"The first Board is there": 1,
			"A rule fires":             3, "A rule no longer fires": 3,
			"Telemetry cannot be read; what was read before ages": 3, "Telemetry can be read again": 3,
			"The telemetry of a rule went or came back": 6,
		}
		if diff := cmp.Diff(want, w.logged()); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}

func TestWhenManyNodesFireAtOnceOneEventStandsForMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(100))
		w.memory.set(everyNode(100, 50))
		w.start()
		defer w.lead()()
		w.memory.set(everyNode(100, 95))
		w.pass(20 * time.Second)
		if n := len(w.takeEvents()); n != maxNodeEvents+1 {
			t.Errorf("%d events, want %d", n, maxNodeEvents+1)
		}
	})
}

func TestWhenManyNodesRecoverAtOnceOneEventStandsForMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(100))
		w.memory.set(everyNode(100, 95))
		w.start()
		defer w.lead()()
		w.takeEvents()
		w.memory.set(everyNode(100, 50))
		w.pass(20 * time.Second)
		if diff := cmp.Diff(map[string]int{"Normal TelemetryRuleInactive": maxNodeEvents + 1}, tally(w.takeEvents())); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestWhenManyRulesFireAtOnceTheirEventsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		for i := range 40 {
			fmt.Fprintf(&text, "- {name: hot%d, when: {metric: memory, above: 90%%}, actions: {block: {}}}\n", i)
		}
		w := newWorld(t, text.String(), newNodes(20))
		w.memory.set(everyNode(20, 50))
		w.start()
		defer w.lead()()
		w.memory.set(everyNode(20, 95))
		w.pass(20 * time.Second)
		got := w.takeEvents()
		many := 0
		for _, v := range got {
			many += strings.Count(v.text, "at once")
		}
		if len(got) != maxTickEvents || many != 40 {
			t.Errorf("%d events of which %d stand for many nodes, want %d and one a rule", len(got), many, maxTickEvents)
		}
	})
}

func TestANewLeaderSaysWhatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.fail("no route to host")
		w.start()
		for range 2 {
			resign := w.lead()
			w.wantEvents("Warning TelemetrySourceFailed", "Warning TelemetryMissing")
			resign()
			w.pass(time.Minute)
			w.wantEvents()
		}
	})
}

func TestANoteIsCutToWhatTheEventsAPITakes(t *testing.T) {
	recorder := events.NewFakeRecorder(1)
	e := &Evaluator{opts: Options{Recorder: recorder}}
	e.send(event{regarding: newNode("n"), kind: "Normal", reason: "R", text: strings.Repeat("é", 600)})
	note := strings.TrimPrefix(<-recorder.Events, "Normal R ")
	if len(note) > maxNote || !utf8.ValidString(note) || !strings.HasSuffix(note, "é…") {
		t.Errorf("note of %d bytes: %q", len(note), note)
	}
}

func TestASourceThatFailsIsSaidOnceAndSoIsItsRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", newNodes(1))
		w.memory.fail("no route to host")
		w.start()
		w.wantEvents()
		defer w.lead()()
		w.wantEvents("Warning TelemetrySourceFailed")
		w.memory.fail("connection refused")
		w.pass(time.Minute)
		w.wantEvents()
		w.memory.set(nil)
		w.pass(time.Minute)
		w.wantEvents("Normal TelemetrySourceRecovered")
	})
}

func TestARuleThatSeesFewOfItsNodesIsSaidOnItsConfigMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(4))
		w.memory.set(map[string]float64{"n0": 50})
		w.start()
		defer w.lead()()
		w.pass(time.Minute)
		w.wantEvents("Warning TelemetryMissing")
		w.memory.set(map[string]float64{"n0": 50, "n1": 50, "n2": 50, "n3": 50})
		w.pass(time.Minute)
		w.wantEvents("Normal TelemetryBack")
	})
}

// tally counts Events by what they begin with.
func tally(list []told) map[string]int {
	out := map[string]int{}
	for _, v := range list {
		out[v.head]++
	}
	return out
}
