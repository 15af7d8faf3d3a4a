package engine

import (
	"math"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
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
	pairs   []pair
	nodes   []NodeBoard
	limits  []limit
	with    []Amounts
	summary []RuleSummary
	// rankings are in the order of preferences.
	rankings []ranking
}

// NodeBoard is what the rules say about one node.
type NodeBoard struct {
	board *Board
	slot  int
	// blocked has a bit for each rule that keeps pods off now; unknown marks those
	// of them that do so because nothing is known.
	blocked, unknown []uint64
	// limits are what a pod must not go beyond, in the order of rules.
	limits []limit
	// roomy is what a pod can need, and roomyWith what may be requested with it,
	// without going beyond any limit.
	roomy, roomyWith Amounts
}

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

// Reason returns the words for a rejection: the rule and its condition without
// numbers, so that equal reasons are equal strings.
func (b *Board) Reason(r Reason) string { return b.program.reasons[r] }

// SameRules reports whether two Boards come from one RuleSet, so that a
// Governance of one is valid for the other.
func (b *Board) SameRules(other *Board) bool { return b.program == other.program }

// Blocked returns the first governing rule that keeps pods off the node now.
func (n *NodeBoard) Blocked(g Governance) (Reason, bool) {
	for i, word := range g.words {
		if hit := word & n.blocked[i]; hit != 0 {
			rule := firstBit(hit)
			if n.unknown[i]>>rule&1 == 1 {
				return reasonOf(i*wordSize+rule, unknown), true
			}
			return reasonOf(i*wordSize+rule, broke), true
		}
	}
	return 0, false
}

// WouldBreak returns the first governing rule that a pod of the given need would
// break on the node. requested is what the pods there request already: new nodes
// without a sample are judged by it.
func (n *NodeBoard) WouldBreak(g Governance, need, requested Amounts) (Reason, bool) {
	if need.within(n.roomy) && need.Plus(requested).within(n.roomyWith) {
		return 0, false
	}
	for i := range n.limits {
		if l := &n.limits[i]; need.exceeds(l.most) && g.has(int(l.rule)) && n.beyond(l, need, requested) {
			return reasonOf(int(l.rule), wouldBreak), true
		}
	}
	return 0, false
}

// CountsRequests reports whether WouldBreak looks at what is requested.
func (n *NodeBoard) CountsRequests() bool { return n.roomyWith != everything }

// beyond asks what is left to ask where the need exceeds a limit by itself.
func (n *NodeBoard) beyond(l *limit, need, requested Amounts) bool {
	return l.with == 0 || need.Plus(requested).exceeds(n.board.with[l.with-1])
}

var everything = only(rules.ResourceNone, math.Inf(1), math.Inf(1))

// summarize sets what answers most questions without looking at the limits.
func (n *NodeBoard) summarize() {
	n.roomy, n.roomyWith = everything, everything
	for i := range n.limits {
		n.roomy = n.roomy.least(n.limits[i].most)
		if with := n.limits[i].with; with != 0 {
			n.roomyWith = n.roomyWith.least(n.board.with[with-1])
		}
	}
}
