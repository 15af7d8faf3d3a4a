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

// lonely says why no pod leaves: that those that may have no home, or what those share
// that are kept for what passes, or else for what can be changed, or for what they are;
// NoCandidates where they share nothing.
func (m *maker) lonely(n *node, group []acting, as mode) Reason {
	spared := m.spare(n, group, as)
	for _, s := range spared {
		if n.homeless[s.Pod] != "" {
			return n.homeless[s.Pod]
		}
	}
	for _, level := range []int{passes, changes, lasts} {
		if kept := of(spared, level); len(kept) > 0 {
			return shared(kept)
		}
	}
	return NoCandidates
}

func shared(spared []Spared) Reason {
	for _, s := range spared {
		if s.Reason != spared[0].Reason {
			return NoCandidates
		}
	}
	return spared[0].Reason
}
