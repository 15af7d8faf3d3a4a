package engine

import (
	"sync"
	"time"
)

// Board is what the rules say about the nodes at one time. It is immutable, and
// any number of goroutines may read it.
type Board struct {
	// Version grows by one with each Advance of an Engine.
	Version uint64
	// At is the time of the evaluation.
	At time.Time

	program *program
	roster  *roster
	columns []column
	// pairs are in the order of nodes, and for each node in the order of rules.
	pairs []pair
	// proofs are in the order of nodes, and for each node in that of the rules that evict;
	// homes are in that of those rules.
	proofs  []proof
	homes   []homes
	nodes   []NodeBoard
	with    []Amounts
	summary []RuleSummary
	// sizes are by slot; grace is how long a node is young.
	sizes []size
	grace time.Duration
	// spreads are in the order of rules.
	spreads []spreads
	// rankings are in the order of preferences.
	rankings []ranking
	views    *shelf[Governance, *View]
	scores   *shelf[Taste, *Scores]
	// newcomers are Boards of one node each, by its name; see View.Newcomer.
	newcomers sync.Map
}

// NodeBoard is what the rules say about one node, whoever asks; see View.
type NodeBoard struct {
	board *Board
	slot  int
	// blocked has a bit for each rule that keeps pods off now; unknown marks those
	// of them that do so because nothing is known.
	blocked, unknown []uint64
	// limits are what a pod must not go beyond, in the order of rules.
	limits []limit
	// used is what the node uses, with what telemetry does not show yet, where a rule
	// looks ahead.
	used Amounts
}

// Slot is the node's place in the Board's Views.
func (n *NodeBoard) Slot() int { return n.slot }

// limit is one way for a pod to break a rule: see bound.
type limit struct {
	rule int32
	// with is one more than the index of the amounts that include what is
	// requested; 0 where there are none, as nearly always.
	with int32
	most Amounts
}

// Node returns what is known of a node; nil if it was not there yet.
func (b *Board) Node(name string) *NodeBoard {
	if slot, found := b.roster.slots[name]; found {
		return &b.nodes[slot]
	}
	return nil
}

// Slot returns the place of a node in the Board's Views; −1 if it was not there yet.
func (b *Board) Slot(name string) int {
	if slot, found := b.roster.slots[name]; found {
		return slot
	}
	return -1
}

// Reason returns the words for a rejection: the rule and its condition without
// numbers, so that equal reasons are equal strings.
func (b *Board) Reason(r Reason) string { return b.program.reasons[r] }

// prepare makes what pods wanted of the former Board; what they want depends on the
// rules.
func (b *Board) prepare(former *Board) {
	if b.SameRules(former) {
		b.views.prepare(former.views)
		b.scores.prepare(former.scores)
	}
}

// SameRules reports whether two Boards come from one RuleSet, so that a
// Governance of one is valid for the other.
func (b *Board) SameRules(other *Board) bool { return b.program == other.program }

// Size returns the number of the Board's nodes: their slots are from 0 on.
func (b *Board) Size() int { return len(b.roster.names) }
