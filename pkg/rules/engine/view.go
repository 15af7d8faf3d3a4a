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
	// parts are the governing rules in the order in which they name a refusal.
	parts []part
	nodes []Outlook
	// lowest is the lowest line of any node, resource by resource.
	lowest Amounts
}

// part are rules of a View that name a refusal with equal right: the firm ones come
// before those that give way, because a pod that both keep off waits for the firm ones.
type part struct {
	rules Governance
	spans [2]span
}

// partsOf leaves out what is empty.
func (b *Board) partsOf(g Governance) (out []part) {
	for _, rules := range [...]Governance{b.Firm(g), b.Lenient(g)} {
		if !rules.Empty() {
			out = append(out, part{rules, b.spans(rules)})
		}
	}
	return out
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
	v := &View{board: b, governing: g, parts: b.partsOf(g)}
	v.fill()
	return v
}

func (v *View) fill() {
	v.nodes, v.lowest = make([]Outlook, len(v.board.nodes)), everything
	for slot := range v.nodes {
		o := &v.nodes[slot]
		o.view, o.slot, o.most, o.with = v, int32(slot), everything, everything
		o.look(&v.board.nodes[slot])
		v.lowest = v.lowest.least(o.line())
	}
}

// look sums up what the governing rules say.
func (o *Outlook) look(n *NodeBoard) {
	for i := range o.view.parts {
		p := &o.view.parts[i]
		if reason, blocked := n.firstBlock(p.rules); blocked && o.refusal == 0 {
			o.refusal = int32(reason) + 1
		}
		for _, s := range p.spans {
			o.takeAll(n.within(s), p.rules)
		}
	}
}

// takeAll brings in the limits of some rules.
func (o *Outlook) takeAll(limits []limit, of Governance) {
	for i := range limits {
		if l := &limits[i]; of.has(int(l.rule)) {
			o.take(l)
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

// KeepsOff returns why the node does not take a pod: a governing rule that keeps pods
// off now, or else one that the pod would break; but one that gives way only where no
// firm one does either. It takes what WouldBreak takes, and allocates nothing.
func (o *Outlook) KeepsOff(need, arrived, requested Amounts) (Reason, bool) {
	now, blocked := o.Blocked()
	if blocked && (o.view.isFirm(now) || !o.view.isMixed()) {
		return now, true
	}
	with, breaks := o.WouldBreak(need, arrived, requested)
	if blocked && !(breaks && o.view.isFirm(with)) {
		return now, true
	}
	return with, breaks
}

// isMixed reports whether the governing rules are of both kinds.
func (v *View) isMixed() bool { return len(v.parts) > 1 }

func (v *View) isFirm(r Reason) bool { return !v.board.isLenient(r.rule()) }

// Blocked returns the governing rule that keeps pods off the node now: the first firm
// one, or else the first.
func (o *Outlook) Blocked() (Reason, bool) {
	return Reason(o.refusal - 1), o.refusal != 0
}

// CountsRequests reports whether WouldBreak looks at what is requested.
func (o *Outlook) CountsRequests() bool { return o.with != everything }

// WouldBreak returns a governing rule that a pod of the given need would break on
// the node: a firm one before those that give way, and of several the strictest, where
// it asks for one resource alone.
// arrived is what came to the node since the Board was made. requested is what the
// pods there request already: new nodes without a sample are judged by it. It
// allocates nothing.
func (o *Outlook) WouldBreak(need, arrived, requested Amounts) (Reason, bool) {
	measured, asked := need.Plus(arrived), need.Plus(requested)
	if measured.within(o.most) && asked.within(o.with) {
		return 0, false
	}
	for i := range o.view.parts {
		if reason, breaks := o.breaks(&o.view.parts[i], measured, asked); breaks {
			return reason, true
		}
	}
	return 0, false
}

// breaks returns one of some rules that would be broken.
func (o *Outlook) breaks(p *part, measured, asked Amounts) (Reason, bool) {
	for i, r := range resources {
		if rule := int(o.strictest[i]) - 1; rule >= 0 && measured.of(r) > o.most.of(r) && p.rules.has(rule) {
			return reasonOf(rule, wouldBreak), true
		}
	}
	return p.firstBroken(&o.view.board.nodes[o.slot], measured, asked)
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
func (p *part) firstBroken(n *NodeBoard, measured, asked Amounts) (Reason, bool) {
	for _, s := range p.spans {
		limits := n.within(s)
		for i := range limits {
			if l := &limits[i]; measured.exceeds(l.most) && p.rules.has(int(l.rule)) && n.beyond(l, asked) {
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
