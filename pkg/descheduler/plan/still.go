package plan

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Still says why a move that was decided is not to be made any more, as things are in In by
// now; empty where it is. It asks all that Make asked, but for homes. In.Real is what was
// remembered when it was decided, and before are the moves of the same plan that were made.
func Still(in In, before []*Move, move *Move) Reason {
	m := &maker{in: &in, books: openBooks(&in)}
	for _, earlier := range before {
		m.books[enforced].take(earlier)
	}
	at := slices.IndexFunc(in.Nodes, func(s Source) bool { return s.Node == move.Pod.Node })
	if at < 0 {
		return m.lackOf(&node{}, move.For[0])
	}
	n := m.open(&in.Nodes[at])
	m.judge(n)
	group, reason := m.grounds(n, move.For)
	if reason != "" {
		return reason
	}
	return m.leaves(n, group, *move)
}

// grounds returns rules that have the evidence to act and that nothing holds, or why one of
// them does not.
func (m *maker) grounds(n *node, of []rules.Key) (out []acting, reason Reason) {
	for _, key := range of {
		at := slices.IndexFunc(n.rules, func(a acting) bool { return a.Rule == key })
		if at < 0 {
			return nil, m.lackOf(n, key)
		}
		if n.rules[at].mode != enforced {
			return nil, n.rules[at].reason
		}
		out = append(out, n.rules[at])
	}
	return out, ""
}

// lackOf is why a rule lacks the evidence to act: one that is in force, and does not fire, is
// not true.
func (m *maker) lackOf(n *node, rule rules.Key) Reason {
	for _, answer := range n.plan.Rules {
		if answer.Rule == rule {
			return answer.Reason
		}
	}
	if _, known := m.in.Rules[rule]; known {
		return Recovering
	}
	return Gone
}

// leaves says why the pod of a move may not leave any more for all rules of a group, or
// helps none; empty where it may.
func (m *maker) leaves(n *node, group []acting, move Move) Reason {
	at := slices.IndexFunc(n.pods, func(p *Pod) bool { return p.UID == move.Pod.UID })
	if at < 0 {
		return Terminating
	}
	move.Pod = n.pods[at]
	for i := range group {
		one := group[i : i+1]
		may, reason := m.eligible(n, move.Pod, one, enforced)
		if may != 0 && !one[0].policy.Vacate {
			reason = newProblem(one).offer(move.Pod, may)
		}
		switch {
		case reason != "":
			return reason
		case may == 0: // it no longer governs the pod
			return Gone
		}
	}
	return m.books[enforced].holds(m.in, &move, false)
}
