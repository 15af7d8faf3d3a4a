package evaluator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// loggedWhen returns the lines of a log while a rule begins to fire on all nodes.
func loggedWhen(t *testing.T, nodes, verbosity int) (counts map[string]int, tick, phase []string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(nodes))
		w.log = newLogAt(t, verbosity)
		w.memory.set(everyNode(nodes, 50))
		w.start()
		defer w.lead()()
		w.memory.set(everyNode(nodes, 95))
		w.pass(20 * time.Second)
		counts, tick, phase = w.logged(), w.lines("Rules were evaluated"), w.lines("A rule is in another phase on a node")
	})
	return counts, tick, phase
}

func TestTheLogTellsWhatATickChanged(t *testing.T) {
	few, tick, _ := loggedWhen(t, 3, 2)
	want := map[string]int{"The first Board is there": 1, "A rule fires": 1, "Rules were evaluated": 1}
	if diff := cmp.Diff(want, few); diff != "" {
		t.Errorf("lines at -v=2 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Rules were evaluated inForce=1 nodes=3 transitions=3 took=0s"}, tick); diff != "" {
		t.Errorf("of the tick (-want +got):\n%s", diff)
	}
	if many, _, _ := loggedWhen(t, 50, 2); !cmp.Equal(few, many) {
		t.Errorf("at -v=2 the log has lines of single nodes: %v", cmp.Diff(few, many))
	}
}

func TestTheLogTellsOfSingleNodesWhereItIsAskedTo(t *testing.T) {
	counts, _, phases := loggedWhen(t, 3, 4)
	if counts["A rule is in another phase on a node"] != 3 || counts["Rules were evaluated"] < 2 {
		t.Errorf("lines at -v=4: %v", counts)
	}
	if want := "A rule is in another phase on a node rule=hot node=n0 from=inactive to=firing because=memory is 95% (memory > 90%)"; phases[0] != want {
		t.Errorf("it says %q, want %q", phases[0], want)
	}
}
