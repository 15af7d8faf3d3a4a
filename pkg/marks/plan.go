package marks

import (
	"cmp"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Limits bound what a telemetry source that swings can do to a cluster.
type Limits struct {
	// Interval is the least time between two settings of one mark on one node. Taking a
	// mark away never waits for it.
	Interval time.Duration
	// Tainted is the most nodes, of a hundred, that may carry a NoSchedule taint of ours at
	// once; one node may whatever it says.
	Tainted int
}

// Kind is that of a mark.
type Kind string

// A mark is a label or a taint.
const (
	Label Kind = "label"
	Taint Kind = "taint"
)

// Key names a mark.
type Key struct {
	Kind Kind
	Key  string
}

// Place is a mark on a node, which its UID names: another node of its name begins anew.
type Place struct {
	UID string
	Key
}

// Reason is why a mark is not set although a rule wants it.
type Reason string

// What keeps marks from being set.
const (
	// Foreign marks are there already: somebody else set the same key.
	Foreign Reason = "foreign"
	// Early ones were set a moment ago.
	Early Reason = "interval"
	// Crowded is where so many nodes as may be are tainted already.
	Crowded Reason = "tainted"
)

// Held is a mark that is not set although a rule wants it.
type Held struct {
	Node *Node
	Key
	Rule   string
	Reason Reason
}

// Turn is one mark that a change sets or takes away.
type Turn struct {
	Key
	// Text is the label's value, or the taint's effect.
	Text string
	// Rule is for which it is set; empty where the mark is taken away.
	Rule string
}

// Change is what is to be written to one node.
type Change struct {
	Node *Node
	// Labels are all that we are to have on the node; they are to be applied where Relabel is
	// set.
	Labels  map[string]string
	Relabel bool
	// Taints are all of the node; they are to be written where Retaint is set.
	Taints  []corev1.Taint
	Retaint bool
	Turns   []Turn
}

// sets reports whether the change brings a mark, and does not only take some away.
func (c *Change) sets() bool {
	return slices.ContainsFunc(c.Turns, func(t Turn) bool { return t.Rule != "" })
}

// Input is what a plan follows from.
type Input struct {
	Now    time.Time
	Owner  Owner
	Limits Limits
	// Nodes are all of the cluster, by name.
	Nodes []*Node
	// Wanted is what they are to carry, by name.
	Wanted map[string][]engine.Mark
	// Set says when a mark was last set.
	Set map[Place]time.Time
}

// Plan returns what is to be written so that nodes carry what is wanted, in the order of
// its urgency: what only takes marks away comes first. held are the marks that are not set.
func Plan(in Input) (changes []Change, held []Held) {
	p := planner{Input: in, room: in.room()}
	for _, n := range in.Nodes {
		c := Change{Node: n}
		p.labels(&c)
		p.taints(&c)
		if c.Relabel || c.Retaint {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(rank(&a), rank(&b)) })
	return changes, p.held
}

func rank(c *Change) int {
	if c.sets() {
		return 1
	}
	return 0
}

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
	room := max(1, len(in.Nodes)*in.Limits.Tainted/100)
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
