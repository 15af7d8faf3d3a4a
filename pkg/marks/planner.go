package marks

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// planner plans node by node.
type planner struct {
	Input
	// room is how many nodes more may be tainted.
	room int
	held []Held
}

// room is how many nodes more may carry a taint of ours that keeps pods off. Those that are
// about to lose theirs count until they have.
func (in *Input) room() int {
	room := len(in.Nodes) * in.Limits.Tainted / 100
	if in.Limits.Tainted > 0 {
		room = max(1, room)
	}
	for _, n := range in.Nodes {
		if in.Owner.keepsOff(n.Taints) {
			room--
		}
	}
	return room
}

func (p *planner) hold(n *Node, m *engine.Mark, why Reason) {
	p.held = append(p.held, Held{Node: n, Key: keyOf(m), Rule: m.Rule, Reason: why})
}

func keyOf(m *engine.Mark) Key {
	if m.Label != nil {
		return Key{Label, m.Label.Key}
	}
	return Key{Taint, m.Taint.Key}
}

// early reports whether a mark was set so recently that it may not be set again.
func (p *planner) early(n *Node, k Key) bool {
	last, was := p.Set[Place{n.UID, k}]
	return was && p.Now.Sub(last) < p.Limits.Interval
}

// labels plans those of one node.
func (p *planner) labels(c *Change) {
	c.Labels = map[string]string{}
	for i := range p.Wanted[c.Node.Name] {
		if m := &p.Wanted[c.Node.Name][i]; m.Label != nil {
			p.label(c, m)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Node.Ours)) {
		if _, kept := c.Labels[key]; !kept {
			c.Turns, c.Relabel = append(c.Turns, Turn{Key: Key{Label, key}, Text: c.Node.Labels[key]}), true
		}
	}
}

// label plans one that a rule wants.
func (p *planner) label(c *Change, m *engine.Mark) {
	key := m.Label.Key
	now, has := c.Node.Labels[key]
	switch {
	case has && !c.Node.Ours[key]:
		if now != m.Label.Value {
			p.hold(c.Node, m, Foreign)
		}
	case has && now == m.Label.Value:
		c.Labels[key] = now
	case p.early(c.Node, keyOf(m)):
		if has {
			c.Labels[key] = now
		}
		p.hold(c.Node, m, Early)
	default:
		c.Labels[key], c.Relabel = m.Label.Value, true
		c.Turns = append(c.Turns, Turn{keyOf(m), m.Label.Value, m.Rule})
	}
}

// taints plans those of one node. Those of others stay where they are, in their order.
func (p *planner) taints(c *Change) {
	wanted := map[string]*engine.Mark{}
	for i := range p.Wanted[c.Node.Name] {
		if m := &p.Wanted[c.Node.Name][i]; m.Taint != nil {
			wanted[m.Taint.Key] = m
		}
	}
	for _, t := range c.Node.Taints {
		if !p.Owner.ours(t) || p.stays(c, t, wanted) {
			c.Taints = append(c.Taints, t)
			continue
		}
		c.Turns, c.Retaint = append(c.Turns, Turn{Key: Key{Taint, t.Key}, Text: string(t.Effect)}), true
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		p.taint(c, wanted[key])
	}
}

// stays reports whether a taint of ours does: it is wanted, or it may not be replaced yet.
func (p *planner) stays(c *Change, t corev1.Taint, wanted map[string]*engine.Mark) bool {
	m, is := wanted[t.Key]
	if !is {
		return false
	}
	if string(t.Effect) == m.Taint.Effect {
		delete(wanted, t.Key)
		return true
	}
	if p.early(c.Node, keyOf(m)) {
		delete(wanted, t.Key)
		p.hold(c.Node, m, Early)
		return true
	}
	return false
}

// taint plans one that a rule wants and that is not there.
func (p *planner) taint(c *Change, m *engine.Mark) {
	t := corev1.Taint{Key: m.Taint.Key, Value: string(p.Owner), Effect: corev1.TaintEffect(m.Taint.Effect)}
	taken := slices.ContainsFunc(c.Taints, func(other corev1.Taint) bool { return other.MatchTaint(&t) })
	switch {
	case t.Effect != corev1.TaintEffectNoSchedule && t.Effect != corev1.TaintEffectPreferNoSchedule:
		// Nothing else is ever set, whoever wrote the state.
	case taken:
		p.hold(c.Node, m, Foreign)
	case p.early(c.Node, keyOf(m)):
		p.hold(c.Node, m, Early)
	case !p.admits(c, t):
		p.hold(c.Node, m, Crowded)
	default:
		c.Taints, c.Retaint = append(c.Taints, t), true
		c.Turns = append(c.Turns, Turn{keyOf(m), m.Taint.Effect, m.Rule})
	}
}

// admits takes room for a node that is to be kept free of pods, unless it is already.
func (p *planner) admits(c *Change, t corev1.Taint) bool {
	if t.Effect != corev1.TaintEffectNoSchedule || p.Owner.keepsOff(c.Node.Taints) || p.Owner.keepsOff(c.Taints) {
		return true
	}
	if p.room <= 0 {
		return false
	}
	p.room--
	return true
}
