package marks

import (
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// written is a node as a write left it, and the version from which it was written: what the
// cache shows until it has another one is out of date.
type written struct {
	from string
	node *Node
}

// note remembers what was written.
func (m *Marker) note(now time.Time, c *Change, node *corev1.Node, done []Turn) {
	if node.ResourceVersion != c.Node.Version {
		m.written[c.Node.UID] = written{c.Node.Version, m.opts.Owner.see(node)}
	}
	for _, t := range done {
		if t.Rule != "" {
			m.set[Place{c.Node.UID, t.Key}] = now
		}
	}
}

// forget drops what nothing goes by any more.
func (m *Marker) forget(now time.Time, nodes []*Node) {
	stands := make(map[string]bool, len(nodes))
	for _, n := range nodes {
		stands[n.UID] = true
	}
	maps.DeleteFunc(m.written, func(uid string, _ written) bool { return !stands[uid] })
	maps.DeleteFunc(m.failed, func(uid string, _ time.Time) bool { return !stands[uid] })
	for place, at := range m.set {
		if now.Sub(at) >= m.opts.Limits.Interval {
			delete(m.set, place)
		}
	}
}

// recall puts what was written in the place of what the cache does not show yet: so many nodes
// as may be tainted include those.
func (m *Marker) recall(nodes []*Node) {
	for i, n := range nodes {
		switch w, is := m.written[n.UID]; {
		case is && w.from == n.Version:
			nodes[i] = w.node
		case is:
			delete(m.written, n.UID)
		}
	}
}

// may reports whether a node may be written: not while the cache does not show what was
// written last, and not where it would be in vain again.
func (m *Marker) may(now time.Time, n *Node) bool {
	last, failed := m.failed[n.UID]
	return m.written[n.UID].node != n && !(failed && now.Sub(last) < retry)
}
