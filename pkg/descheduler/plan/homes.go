package plan

import "cmp"

// prove asks for a home of the pod, with the moves of other nodes and those before it
// on its own assumed.
func (m *maker) prove(n *node, p *Pod, before []Move) (Home, Reason) {
	switch {
	case n.failures >= m.proofsPerNode(), n.asked >= shareOfProofs*m.proofsPerNode():
		return Home{}, TooManyProofs
	case m.proofs <= 0:
		return Home{}, Unreached
	}
	m.proofs--
	n.asked++
	m.assumed = append(m.assumed, before...)
	home, reason := m.in.Prove(p, m.assumed)
	m.assumed = m.assumed[:len(m.assumed)-len(before)]
	if reason == "" && (home.Node == "" || home.Node == n.source.Node) {
		reason = NoHome // a home is another node, whoever proves it
	}
	if reason != "" {
		n.failures++
	}
	return home, reason
}

// shareOfProofs is how many times ProofsPerNode may be asked for one node, with those that
// find a home: a set of which one pod has none is proved anew without it.
const shareOfProofs = 4

func (m *maker) proofsPerNode() int { return cmp.Or(m.in.ProofsPerNode, DefaultProofsPerNode) }

// unproved reports whether no more pods can be tried.
func unproved(r Reason) bool { return r == TooManyProofs || r == Unreached }

// putAside takes a pod that has no home out of what can be chosen, and those that
// would be placed like it.
func (n *node) putAside(p *Pod, reason Reason) {
	for _, other := range n.pods {
		if other == p || p.Shape != "" && other.Shape == p.Shape && n.homeless[other] == "" {
			n.homeless[other] = reason
		}
	}
}
