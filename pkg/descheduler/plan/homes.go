package plan

// prove asks for a home of the pod, with the moves of other nodes and those before it
// on its own assumed.
func (m *maker) prove(n *node, p *Pod, before []Move) (Home, Reason) {
	switch {
	case m.proofs <= 0:
		return Home{}, Unreached
	case n.proofs <= 0:
		return Home{}, TooManyProofs
	}
	m.proofs--
	n.proofs--
	m.assumed = append(m.assumed, before...)
	home, reason := m.in.Prove(p, m.assumed)
	m.assumed = m.assumed[:len(m.assumed)-len(before)]
	if reason == "" && (home.Node == "" || home.Node == n.source.Node) {
		reason = NoHome // a home is another node, whoever proves it
	}
	return home, reason
}

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
