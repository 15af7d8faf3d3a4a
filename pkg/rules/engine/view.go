package engine

import (
	"math"
	"sort"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// View is a Board as pods with one Governance see it: for each node, what is left
// when the rules that do not govern them are left out. It is immutable.
type View struct {
	board     *Board
	governing Governance
	spans     [2]span
	nodes     []Outlook
	// lowest is what Lowest returns.
	lowest Amounts
}

// Outlook is what a node has in store for such pods.
type Outlook struct {
	view *View
	slot int32
	// refusal is one more than the Reason why the node takes nobody; 0 where it does.
	refusal int32
	// most is what a pod can need, and with what may be requested with it, without
	// going beyond any limit; +Inf where there is none.
	most, with Amounts
	// strictest has one more than the rule that sets each amount of most, if it asks
	// for that resource alone; otherwise 0. They are in the order cpu, memory, pods.
	strictest [3]int32
}

// View returns the Board as pods with a Governance see it. The first call for one that
// nobody wanted of the Board before looks at every limit of every node.
func (b *Board) View(g Governance) *View { return b.views.get(g) }

func (b *Board) newView(g Governance) *View {
	v := &View{board: b, governing: g, spans: b.spans(g)}
	v.fill()
	return v
}

func (v *View) fill() {
	v.nodes, v.lowest = make([]Outlook, len(v.board.nodes)), everything
	for slot := range v.nodes {
		o := &v.nodes[slot]
		o.view, o.slot, o.most, o.with = v, int32(slot), everything, everything
		o.look(&v.board.nodes[slot])
		v.lowest = v.lowest.least(v.LineAt(slot))
	}
}

// LineAt is the most of each resource that a pod could use on a node without breaking a
// rule if nothing else ran there, by the node's slot; +Inf where no rule sets a line. A
// pod that wants more of every node that it may go to would wait for ever.
func (v *View) LineAt(slot int) Amounts {
	return v.nodes[slot].most.Plus(v.board.nodes[slot].used)
}

// Lowest is the lowest line of any node, resource by resource: whoever wants no more is
// within all of them.
func (v *View) Lowest() Amounts { return v.lowest }

// look sums up what the governing rules say.
func (o *Outlook) look(n *NodeBoard) {
	if reason, blocked := n.firstBlock(o.view.governing); blocked {
		o.refusal = int32(reason) + 1
	}
	for _, s := range o.view.spans {
		part := n.within(s)
		for i := range part {
			if l := &part[i]; o.view.governing.has(int(l.rule)) {
				o.take(l)
			}
		}
	}
}

// take brings one limit in.
func (o *Outlook) take(l *limit) {
	for i, r := range resources {
		if amount := l.most.of(r); !math.IsInf(amount, -1) && amount < o.most.of(r) {
			*o.most.at(r), o.strictest[i] = amount, 0
			if l.with == 0 && l.most.finite() == 1 {
				o.strictest[i] = l.rule + 1
			}
		}
	}
	if l.with != 0 {
		o.with = o.with.least(o.view.board.with[l.with-1])
	}
}

// Node returns the outlook for a node; nil if the Board does not know it.
func (v *View) Node(name string) *Outlook {
	if slot, found := v.board.roster.slots[name]; found {
		return &v.nodes[slot]
	}
	return nil
}

// At returns the outlook for a node by its slot; nil for −1.
func (v *View) At(slot int) *Outlook {
	if slot < 0 {
		return nil
	}
	return &v.nodes[slot]
}

// Slot is the node's place in the Board's Views.
func (o *Outlook) Slot() int { return int(o.slot) }

// Blocked returns the first governing rule that keeps pods off the node now.
func (o *Outlook) Blocked() (Reason, bool) {
	return Reason(o.refusal - 1), o.refusal != 0
}

// CountsRequests reports whether WouldBreak looks at what is requested.
func (o *Outlook) CountsRequests() bool { return o.with != everything }

// WouldBreak returns a governing rule that a pod of the given need would break on
// the node: of several the strictest, where it asks for one resource alone.
// arrived is what came to the node since the Board was made. requested is what the
// pods there request already: new nodes without a sample are judged by it. It
// allocates nothing.
func (o *Outlook) WouldBreak(need, arrived, requested Amounts) (Reason, bool) {
	measured, asked := need.Plus(arrived), need.Plus(requested)
	if measured.within(o.most) && asked.within(o.with) {
		return 0, false
	}
	for i, r := range resources {
		if o.strictest[i] != 0 && measured.of(r) > o.most.of(r) {
			return reasonOf(int(o.strictest[i]-1), wouldBreak), true
		}
	}
	return o.view.firstBroken(&o.view.board.nodes[o.slot], measured, asked)
}

// firstBlock returns the first governing rule that keeps pods off the node now.
func (n *NodeBoard) firstBlock(g Governance) (Reason, bool) {
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

// firstBroken looks at the limits one by one: measured is to be added to what
// telemetry knows, asked is all that is requested.
func (v *View) firstBroken(n *NodeBoard, measured, asked Amounts) (Reason, bool) {
	for _, s := range v.spans {
		part := n.within(s)
		for i := range part {
			if l := &part[i]; measured.exceeds(l.most) && v.governing.has(int(l.rule)) && n.beyond(l, asked) {
				return reasonOf(int(l.rule), wouldBreak), true
			}
		}
	}
	return 0, false
}

// within returns the limits that the rules of a span leave.
func (n *NodeBoard) within(s span) []limit {
	first := sort.Search(len(n.limits), func(i int) bool { return n.limits[i].rule >= s.from })
	rest := n.limits[first:]
	return rest[:sort.Search(len(rest), func(i int) bool { return rest[i].rule >= s.to })]
}

// beyond asks what is left to ask where a limit is exceeded as far as it is measured.
func (n *NodeBoard) beyond(l *limit, asked Amounts) bool {
	return l.with == 0 || asked.exceeds(n.board.with[l.with-1])
}

// resources are those that a limit can ask for.
var resources = [...]rules.Resource{rules.ResourceCPU, rules.ResourceMemory, rules.ResourcePods}

var everything = only(rules.ResourceNone, math.Inf(1), math.Inf(1))
