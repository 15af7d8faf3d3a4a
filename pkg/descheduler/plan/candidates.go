package plan

import "math/bits"

// eligible says which of a group of rules may move the pod now, as bits, or why none
// of those that govern it may. A pod that none governs has neither.
func (m *maker) eligible(n *node, p *Pod, group []acting, as mode) (may uint64, reason Reason) {
	for i := range group {
		refusal, governed := p.Governed[group[i].Rule]
		if !governed {
			continue
		}
		if refusal == "" {
			refusal = m.books[as].rests(p, &group[i].policy, m.in)
		}
		if refusal == "" {
			may |= 1 << i
		} else if reason == "" {
			reason = refusal
		}
	}
	if may == 0 {
		return 0, reason
	}
	if reason = m.refuses(n, p, as); reason != "" {
		return 0, reason
	}
	return may, ""
}

// refuses says why no rule may move the pod now.
func (m *maker) refuses(n *node, p *Pod, as mode) Reason {
	b := &m.books[as]
	switch {
	case p.Refusal != "":
		return p.Refusal
	case !p.Measured:
		return Unmeasured // nobody knows what the home would have to take
	case b.moving[p.Owner] || b.past.Owners[p.Owner].Moving:
		return OwnerMoving
	case p.Budget != "" && b.disruptions[p.Budget] <= 0:
		return BudgetBlocked
	}
	return n.homeless[p]
}

// problem is what a group of rules has to solve on a node.
func (m *maker) problem(n *node, group []acting, as mode) *problem {
	out := newProblem(group)
	for _, p := range n.pods {
		if may, _ := m.eligible(n, p, group, as); may != 0 {
			out.offer(p, may)
		}
	}
	return out
}

// spare lists the pods that the group's rules govern and that may not leave, or do not
// help.
func (m *maker) spare(n *node, group []acting, as mode) (out []Spared) {
	helps := newProblem(group)
	for _, p := range n.pods {
		may, reason := m.eligible(n, p, group, as)
		if may != 0 && !vacates(group, may) {
			reason = helps.offer(p, may)
		}
		if reason != "" {
			out = append(out, Spared{p, reason})
		}
	}
	return out
}

func vacates(group []acting, may uint64) bool {
	for ; may != 0; may &= may - 1 {
		if group[bits.TrailingZeros64(may)].policy.Vacate {
			return true
		}
	}
	return false
}

func governs(p *Pod, group []acting) (bits uint64) {
	for i := range group {
		if _, governed := p.Governed[group[i].Rule]; governed {
			bits |= 1 << i
		}
	}
	return bits
}
