package engine

// Excess says of which resources a need is more than a node could ever give.
type Excess struct{ CPU, Memory bool }

// And returns what both say.
func (e Excess) And(o Excess) Excess { return Excess{e.CPU && o.CPU, e.Memory && o.Memory} }

func (e Excess) or(o Excess) Excess { return Excess{e.CPU || o.CPU, e.Memory || o.Memory} }

// Excess says of which resources a need is beyond the lowest line of any node: no node
// says more, and most needs are within all lines.
func (v *View) Excess(need Amounts) Excess { return need.over(v.lowest) }

// Excess says of which resources a pod needs more than it could use on the node without
// breaking a rule if nothing else ran there: it would wait for ever for such a node. A
// rule of several resources is broken by all of them, or not at all.
func (o *Outlook) Excess(need Amounts) (out Excess) {
	if need.over(o.line()) == (Excess{}) {
		return out
	}
	n := &o.view.board.nodes[o.slot]
	for i := range o.view.parts {
		p := &o.view.parts[i]
		for _, s := range p.spans {
			out = out.or(n.excess(n.within(s), p.rules, need))
		}
	}
	return out
}

// line is the least that any limit leaves of each resource on the empty node; +Inf where
// there is none.
func (o *Outlook) line() Amounts { return o.most.Plus(o.view.board.nodes[o.slot].used) }

// excess looks at the limits of some rules one by one.
func (n *NodeBoard) excess(limits []limit, of Governance, need Amounts) (out Excess) {
	for i := range limits {
		l := &limits[i]
		if line := l.most.Plus(n.used); of.has(int(l.rule)) && need.exceeds(line) && n.beyond(l, need) {
			out = out.or(l.most.asks())
		}
	}
	return out
}

// over says which amounts are greater than those of a line.
func (a Amounts) over(line Amounts) Excess { return Excess{a.CPU > line.CPU, a.Memory > line.Memory} }

// asks says which amounts ask for something: see finite.
func (a Amounts) asks() Excess { return a.over(anything) }
