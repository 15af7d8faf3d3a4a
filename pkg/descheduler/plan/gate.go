package plan

import "maps"

// book is what limits are counted in: what is remembered, and what this plan adds.
type book struct {
	past        *Past
	spent       Spent
	moving      map[string]bool
	disruptions map[string]int32
}

// openBooks opens one for each mode: what is only shown spends nothing of what is done.
func openBooks(in *In) (out [modes]book) {
	for as, past := range [modes]*Past{enforced: &in.Real, dry: &in.Dry, held: &in.Real} {
		s := past.Spent
		s.Node, s.Owner, s.Namespace, s.RunningOn = copied(s.Node), copied(s.Owner), copied(s.Namespace), copied(s.RunningOn)
		out[as] = book{past: past, spent: s, moving: map[string]bool{}, disruptions: copied(in.Disruptions)}
	}
	return out
}

func copied(m map[string]int32) map[string]int32 {
	out := make(map[string]int32, len(m)+1)
	maps.Copy(out, m)
	return out
}

// rests says why a rule must leave the pod's owner, or namespace, alone for now.
func (b *book) rests(p *Pod, policy *Policy, in *In) Reason {
	switch {
	case b.past.Owners[p.Owner].Rests(in.Now, policy.Cooldown):
		return CoolingDown
	case b.spent.Owner[p.Owner] >= policy.Limits.Owner:
		return LimitOwner
	case b.spent.Namespace[p.Namespace] >= policy.Limits.Namespace:
		return LimitNamespace
	}
	return ""
}

// gate holds the moves of a node that are not to be made now, and returns why none is;
// empty where one is.
func (m *maker) gate(n *node, as mode) Reason {
	if as == held {
		return n.hold(m.holder(n))
	}
	b, moves := &m.books[as], n.plan.Moves
	for i := range moves {
		moves[i].DryRun = as == dry
		if moves[i].Held = b.holds(m.in, &moves[i], i > 0); moves[i].Held != "" {
			markLater(moves[i+1:])
			break
		}
		b.take(&moves[i])
	}
	if as == dry && moves[0].Held == "" {
		return DryRun
	}
	return moves[0].Held
}

func markLater(moves []Move) {
	for i := range moves {
		moves[i].Held = Later
	}
}

// hold holds all moves of a node.
func (n *node) hold(by Reason) Reason {
	for i := range n.plan.Moves {
		n.plan.Moves[i].Held = by
	}
	return by
}

// holder is what holds a rule that the first move is for.
func (m *maker) holder(n *node) Reason {
	for _, a := range n.rules {
		if a.Rule == n.plan.Moves[0].For[0] {
			return a.reason
		}
	}
	return ""
}

// holds says why a move is not made now.
func (b *book) holds(in *In, move *Move, another bool) Reason {
	p := move.Pod
	switch {
	case b.spent.RunningOn[p.Node] >= in.Concurrent.Node && another:
		return Later
	case b.spent.Running >= in.Concurrent.Total, b.spent.RunningOn[p.Node] >= in.Concurrent.Node:
		return Concurrent
	case b.moving[p.Owner]:
		return OwnerMoving
	case p.Budget != "" && b.disruptions[p.Budget] <= 0:
		return BudgetBlocked
	}
	return b.exceeds(in, move)
}

// exceeds names the limit of a rule that the move is beyond.
func (b *book) exceeds(in *In, move *Move) Reason {
	for _, rule := range move.For {
		switch limits := in.Rules[rule].Limits; {
		case b.spent.Total >= limits.Total:
			return LimitTotal
		case b.spent.Node[move.Pod.Node] >= limits.Node:
			return LimitNode
		case b.spent.Namespace[move.Pod.Namespace] >= limits.Namespace:
			return LimitNamespace
		case b.spent.Owner[move.Pod.Owner] >= limits.Owner:
			return LimitOwner
		}
	}
	return ""
}

// take enters a move that is made.
func (b *book) take(move *Move) {
	p := move.Pod
	b.spent.Total++
	b.spent.Running++
	b.spent.Node[p.Node]++
	b.spent.RunningOn[p.Node]++
	b.spent.Namespace[p.Namespace]++
	b.spent.Owner[p.Owner]++
	b.moving[p.Owner] = true
	if p.Budget != "" {
		b.disruptions[p.Budget]--
	}
}
