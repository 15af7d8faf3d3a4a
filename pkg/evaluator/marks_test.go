package evaluator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const warm = "- {name: warm, when: {metric: memory, above: 90%}, actions: {label: {key: telemetry-scheduler.io/memory, value: warm}}}\n"

// said are the marks that are stored: how long ago somebody said so, and what each node is to carry.
func (w *world) said() (age time.Duration, nodes map[string]string) {
	w.t.Helper()
	marks, complete := MarksOf(w.load()[SectionMarks])
	if !complete {
		w.t.Fatal("there are no marks")
	}
	nodes = map[string]string{}
	for node, list := range marks.Nodes {
		for _, m := range list {
			nodes[node] += m.Rule + " " + m.Label.Key + "=" + m.Label.Value
		}
	}
	return time.Since(marks.At), nodes
}

// TestMarksAreSaidAgainWhileThereAreAny: whoever marks nodes takes all away once nothing was heard
// for minutes. Where there are none nobody has to hear.
func TestMarksAreSaidAgainWhileThereAreAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, warm, newNodes(2))
		w.memory.set(map[string]float64{"n0": 95, "n1": 50})
		w.start()
		defer w.lead()()
		for range 5 {
			w.pass(3 * time.Minute)
			age, nodes := w.said()
			if diff := cmp.Diff(map[string]string{"n0": "warm telemetry-scheduler.io/memory=warm"}, nodes); diff != "" || age > time.Minute {
				t.Errorf("said %s ago (-want +got):\n%s", age, diff)
			}
		}
		w.memory.fail("down") // the mark stays for a while, as a block would
		w.pass(time.Minute)
		if age, nodes := w.said(); len(nodes) != 1 || age > time.Minute {
			t.Errorf("without telemetry %v was said %s ago", nodes, age)
		}
		w.memory.fail("")
		w.memory.set(map[string]float64{"n0": 50, "n1": 50})
		w.pass(time.Minute)
		w.client.ClearActions()
		w.pass(time.Hour)
		for _, a := range w.client.Actions() {
			if a.GetVerb() == "update" || a.GetVerb() == "create" {
				t.Errorf("%s of %s, although no node is to carry anything", a.GetVerb(), a.GetResource().Resource)
			}
		}
		if _, nodes := w.said(); len(nodes) != 0 {
			t.Errorf("nodes are to carry %v", nodes)
		}
	})
}

// TestMarksAreSaidByTheLeaderAlone, and by a leader that knows the rules: another one would take
// away what stands.
func TestMarksAreSaidByTheLeaderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newNodes(1)
		first := newWorld(t, warm, nodes)
		first.memory.set(map[string]float64{"n0": 95})
		first.start()
		first.pass(time.Minute)
		if stored := first.load()[SectionMarks]; stored != nil {
			t.Errorf("a replica that does not lead says %s", stored)
		}
		first.lead()()
		want := first.load()
		second := newWorld(t, warm, nodes, from(want), func(o *Options) { o.State = newStore(first.client) })
		loaded := make(chan struct{})
		second.rules.loaded = loaded
		second.run()
		resign := second.lead()
		second.pass(8 * time.Second)
		if diff := cmp.Diff(want[SectionMarks], first.load()[SectionMarks]); diff != "" || len(want[SectionMarks]) != 2 {
			t.Errorf("marks of one who knows no rules yet (-want +got):\n%s", diff)
		}
		close(loaded)
		second.pass(time.Second)
		resign()
	})
}
