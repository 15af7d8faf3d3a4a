package plan

import (
	"cmp"
	"slices"
)

// vacate plans the next pod that leaves a node: of those that have a home that with
// the lowest priority, that does not prefer to stay, with the lowest deletion cost. It
// returns why none does.
func (m *maker) vacate(n *node, group []acting, as mode) Reason {
	for _, p := range m.leaving(n, group, as) {
		may, _ := m.eligible(n, p, group, as)
		if may == 0 { // it is placed like one that has no home
			continue
		}
		home, reason := m.prove(n, p, nil)
		switch {
		case reason == "":
			n.plan.Moves = []Move{newMove(p, home, group, may)}
			n.plan.Spared = m.spare(n, group, as)
			n.fail(group, "")
			return ""
		case unproved(reason):
			n.fail(group, reason)
			return reason
		}
		n.putAside(p, reason)
	}
	reason := m.lonely(n, group, as)
	n.fail(group, reason)
	return reason
}

// leaving are the pods that the group's rules may move, in the order in which they are
// tried.
func (m *maker) leaving(n *node, group []acting, as mode) (out []*Pod) {
	for _, p := range n.pods {
		if may, _ := m.eligible(n, p, group, as); may != 0 {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *Pod) int {
		return cmp.Or(
			cmp.Compare(a.Priority, b.Priority),
			compareBool(a.PrefersToStay, b.PrefersToStay),
			cmp.Compare(a.DeletionCost, b.DeletionCost),
		)
	})
	return out
}

// lonely says why no pod leaves: what all that are governed share, or NoCandidates.
func (m *maker) lonely(n *node, group []acting, as mode) Reason {
	var shared Reason
	for _, s := range m.spare(n, group, as) {
		switch {
		case n.homeless[s.Pod] != "":
			return n.homeless[s.Pod]
		case shared != "" && s.Reason != shared:
			shared = NoCandidates
		default:
			shared = s.Reason
		}
	}
	return cmp.Or(shared, NoCandidates)
}
