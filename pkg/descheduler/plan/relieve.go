package plan

import (
	"cmp"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// relieve plans the least that ends all rules of the group; where there is no such set,
// the least that ends those that can be ended. It returns why nothing leaves.
func (m *maker) relieve(n *node, group []acting, as mode) Reason {
	reason := m.end(n, group, as)
	n.fail(group, reason)
	if reason == "" || unproved(reason) || len(group) == 1 {
		return reason
	}
	curable := slices.DeleteFunc(slices.Clone(group), func(a acting) bool { return !m.curable(n, a, as) })
	if len(curable) < len(group) && m.ended(n, curable, as) {
		return ""
	}
	for i := range curable {
		if m.ended(n, curable[i:i+1], as) {
			return ""
		}
	}
	return reason
}

// ended plans for some rules of a group that cannot all be ended.
func (m *maker) ended(n *node, group []acting, as mode) bool {
	if len(group) == 0 || m.end(n, group, as) != "" {
		return false
	}
	n.fail(group, "")
	return true
}

// curable reports whether all pods that one rule may move could end it.
func (m *maker) curable(n *node, a acting, as mode) bool {
	group := []acting{a}
	p := m.problem(n, group, as)
	return p.reaches(p.sum(p.byWeight()))
}

// end plans the least that ends all rules of the group. A pod without a home is put
// aside, and the choice made anew.
func (m *maker) end(n *node, group []acting, as mode) Reason {
	for first := map[*Pod]bool{}; ; {
		p := m.problem(n, group, as)
		set, exact := p.choose(&n.steps)
		if set == nil {
			return m.blame(n, group, as)
		}
		moves, failed, reason := m.settle(n, p, inOrder(set, first), group)
		switch {
		case failed == nil:
			n.plan.Moves, n.plan.Exact, n.plan.Spared = moves, exact, m.spare(n, group, as)
			return ""
		case unproved(reason):
			return reason
		case len(moves) > 0 && !first[failed]: // perhaps only because of those before it
			first[failed] = true
		case len(moves) > 0:
			n.homeless[failed] = HomeTaken
		default:
			n.putAside(failed, reason)
		}
	}
}

// inOrder is the order in which a set leaves: first those that found no place after
// others, then those that give most.
func inOrder(set []*candidate, first map[*Pod]bool) []*candidate {
	slices.SortFunc(set, func(a, b *candidate) int {
		return cmp.Or(compareBool(!first[a.pod], !first[b.pod]), cmp.Compare(b.weight, a.weight), byName(a.pod, b.pod))
	})
	return set
}

// settle proves a home for each of a set in turn, of a large one for as many as one look
// proves: the others come when those have left. It returns the moves up to the first pod
// without one, that pod, and why.
func (m *maker) settle(n *node, p *problem, set []*candidate, group []acting) (moves []Move, failed *Pod, reason Reason) {
	sum, scratch := p.sum(set), make([]float64, len(p.dimensions))
	for i, c := range set[:min(len(set), m.proofsPerNode())] {
		home, reason := m.prove(n, c.pod, moves)
		if reason != "" {
			return moves, c.pod, reason
		}
		move := newMove(c.pod, home, group, p.needed(c, sum, scratch))
		move.Last = i == len(set)-1
		moves = append(moves, move)
	}
	return moves, nil, ""
}

// newMove is the pod's, for some rules of the group.
func newMove(pod *Pod, home Home, group []acting, of uint64) Move {
	out := Move{Pod: pod, Home: home, Relieves: engine.Amounts{Pods: 1}}
	if pod.Measured {
		out.Relieves = engine.Amounts{CPU: pod.Use.CPU, Memory: pod.Use.Memory, Pods: 1}
	}
	for i := range group {
		if of>>i&1 == 1 {
			out.For = append(out.For, group[i].Rule)
			out.Cooldown = max(out.Cooldown, group[i].policy.Cooldown)
		}
	}
	slices.SortFunc(out.For, compareKeys)
	return out
}

func compareKeys(a, b rules.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
