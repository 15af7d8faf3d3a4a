package evaluator

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// SectionMarks is what nodes are to carry by the rules. Whoever marks nodes reads it, and
// the scheduler itself never does: a leader that begins writes it anew.
const SectionMarks = "marks"

// marksAge bounds the age of stored marks although none has changed: by their time the
// reader knows that somebody still stands behind them. Where there are none nobody needs to
// know.
const marksAge = 15 * time.Second

// Marks are what nodes are to carry.
type Marks struct {
	// At is when a leader last said so, by its clock.
	At time.Time
	// Nodes are those that are to carry something, by name.
	Nodes map[string][]engine.Mark
}

// marksHead says whether all of a section was read, and how old it is. It stands under the
// key presence, which no node has.
type marksHead struct {
	At    time.Time `json:"at"`
	Nodes int       `json:"nodes"`
}

// MarksOf returns the stored marks; false where none were stored, or a part of them cannot
// be read: then nothing is known of the nodes that are missing.
func MarksOf(section map[string]json.RawMessage) (Marks, bool) {
	var head marksHead
	if json.Unmarshal(section[presence], &head) != nil || head.Nodes != len(section)-1 {
		return Marks{}, false
	}
	out := Marks{At: head.At, Nodes: make(map[string][]engine.Mark, head.Nodes)}
	for node, value := range section {
		var marks []engine.Mark
		if node == presence {
			continue
		}
		if json.Unmarshal(value, &marks) != nil {
			return Marks{}, false
		}
		out.Nodes[node] = marks
	}
	return out, true
}

// Entries is the reverse of MarksOf.
func (m Marks) Entries() []state.Entry {
	head, _ := json.Marshal(marksHead{m.At.UTC(), len(m.Nodes)}) // times, numbers and texts always marshal
	out := []state.Entry{{Key: presence, Value: head}}
	for _, node := range slices.Sorted(maps.Keys(m.Nodes)) {
		value, _ := json.Marshal(m.Nodes[node])
		out = append(out, state.Entry{Key: node, Value: value})
	}
	return out
}

// keepMarks hands what nodes are to carry to the store, as the leader, if that has changed
// or was stored long ago. Before everything was read once it knows less than the leader before.
func (e *Evaluator) keepMarks(now time.Time, board *engine.Board) {
	if !e.speaking || !e.isReady {
		return
	}
	marks := board.Marks()
	old := len(marks) > 0 && now.Sub(e.marks.At) >= marksAge
	if !e.marks.At.IsZero() && !old && sameMarks(e.marks.Nodes, marks) {
		return
	}
	e.marks = Marks{At: now, Nodes: marks}
	e.opts.State.Put(SectionMarks, e.marks.Entries())
}

func sameMarks(a, b map[string][]engine.Mark) bool {
	return maps.EqualFunc(a, b, func(a, b []engine.Mark) bool { return reflect.DeepEqual(a, b) })
}
