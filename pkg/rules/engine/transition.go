package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Transition is a change of phase of one rule on one node. A rule is known by its
// key: a new condition goes on from the phase of the old one, and a rule that is
// gone ends as Inactive. A node is known by its name and the time of its creation: one
// that is gone ends as Inactive, and another one of its name begins so.
type Transition struct {
	Rule     rules.Key
	Node     string
	From, To Phase
	// At is the time of the evaluation.
	At time.Time
	// Sentence says what was seen, with numbers, for people.
	Sentence string
	// Gone is set where the phase ended with its node.
	Gone bool
	// Since is set by Standing alone, where the pair has kept pods off since before.
	Since time.Time
}

// note records a change of phase. Who was told that a rule fires wants to hear
// its end, even where the end is another condition under the rule's name.
func (t *tick) note(slot, i int, after *pair) {
	before := t.before(slot, t.fromNames[i])
	if before.phase == after.phase {
		return
	}
	r := &t.board.program.rules[i]
	t.transitions = append(t.transitions, Transition{
		Rule: r.Key(), Node: t.nodes[slot].Name, From: before.phase, To: after.phase,
		At: t.board.At, Sentence: t.sentence(slot, r, after),
	})
}

// departures records the end of every phase on the nodes that are gone, before their
// successors of the same name have any.
func (t *tick) departures() {
	if t.board.roster == t.former.roster {
		return
	}
	for slot, to := range t.former.roster.from(t.board.roster) {
		if to < 0 {
			t.depart(slot)
		}
	}
}

func (t *tick) depart(slot int) {
	name, why := t.former.roster.names[slot], "the node is gone"
	if _, another := t.board.roster.slots[name]; another {
		why = "the node is gone, and another one has its name"
	}
	for i := range t.former.program.rules {
		if before := t.former.pair(slot, i); before.phase != Inactive {
			t.transitions = append(t.transitions, Transition{
				Rule: t.former.program.rules[i].Key(), Node: name, From: before.phase, To: Inactive,
				At: t.board.At, Sentence: why, Gone: true,
			})
		}
	}
}

// partings records the end of every phase of the rules that are gone.
func (t *tick) partings() {
	if t.board.program == t.former.program {
		return
	}
	before := t.former.program.index
	for _, key := range slices.SortedFunc(maps.Keys(before), rules.Key.Compare) {
		if _, stays := t.board.program.index[key]; !stays {
			t.part(key, before[key])
		}
	}
}

func (t *tick) part(key rules.Key, former int) {
	for slot := range t.nodes {
		if before := t.before(slot, former); before.phase != Inactive {
			t.transitions = append(t.transitions, Transition{
				Rule: key, Node: t.nodes[slot].Name, From: before.phase, To: Inactive,
				At: t.board.At, Sentence: "the rule is gone",
			})
		}
	}
}

// Standing returns a transition to the present phase for every pair that keeps pods
// off, as if nobody had heard of it: what a new leader tells. first is the time of the
// first evaluation of this process: what began with it was told by nobody before.
func (b *Board) Standing(first time.Time) []Transition {
	var out []Transition
	for slot := range b.roster.names {
		for i := range b.program.rules {
			if b.pair(slot, i).phase.keepsOff() {
				out = append(out, b.stood(slot, i, first))
			}
		}
	}
	return out
}

func (b *Board) stood(slot, i int, first time.Time) Transition {
	r, p := &b.program.rules[i], b.pair(slot, i)
	t := Transition{Rule: r.Key(), Node: b.roster.names[slot], From: Inactive, To: p.phase, At: b.At, Sentence: b.lastKnown(slot, i)}
	if p.fired != 0 && p.fired != instantOf(first) && p.fired < instantOf(b.At) {
		t.Since = p.fired.time()
	}
	return t
}

// lastKnown describes a pair with what was known last of what is unknown.
func (b *Board) lastKnown(slot, i int) string {
	r, p := &b.program.rules[i], b.pair(slot, i)
	leaves := r.leafVerdicts(b.samples(r, slot), p, instantOf(b.At))
	for l := range leaves {
		if v := &leaves[l]; v.Truth == Unknown && !v.At.IsZero() {
			v.Sentence += fmt.Sprintf(", and was %s at %s UTC", FormatValue(v.Value, r.leaves[l].metric.Unit), v.At.Format(time.TimeOnly))
		}
	}
	return describe(leaves)
}
