package engine

import (
	"iter"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Answer is what a node says to a pod, with the numbers behind it.
type Answer struct {
	Node string
	// Kept is set where the node does not take the pod; Reason then says why.
	Kept   bool
	Reason Reason
	// Broken is the limit that the pod would go beyond, where it would break a rule.
	Broken *Limit
	// Headroom is what a pod may need of each resource, whatever it needs of the
	// others, without any governing rule looking closer; +Inf where no rule limits it.
	Headroom Amounts
}

// Limit is one way for a pod to break a rule: by going beyond every amount of Most,
// and of With together with what is requested on the node already. −Inf stands for an
// amount that is not asked for.
type Limit struct{ Most, With Amounts }

// Answer returns what Blocked and WouldBreak say of a pod, and why.
func (o *Outlook) Answer(need, requested Amounts) Answer {
	a := Answer{Node: o.Name(), Headroom: o.headroom(requested)}
	if a.Reason, a.Kept = o.Blocked(); a.Kept {
		return a
	}
	if a.Reason, a.Kept = o.WouldBreak(need, requested); a.Kept {
		a.Broken = o.view.board.nodes[o.slot].broken(a.Reason.rule(), need, requested)
	}
	return a
}

// headroom counts what is requested where the node is judged by it.
func (o *Outlook) headroom(requested Amounts) Amounts {
	left := o.with
	for _, r := range resources {
		*left.at(r) -= requested.of(r)
	}
	return o.most.least(left)
}

// broken returns the first limit of a rule that a pod would go beyond.
func (n *NodeBoard) broken(rule int, need, requested Amounts) *Limit {
	for i := range n.limits {
		if l := &n.limits[i]; int(l.rule) == rule && need.exceeds(l.most) && n.beyond(l, need, requested) {
			out := Limit{Most: l.most, With: anything}
			if l.with != 0 {
				out.With = n.board.with[l.with-1]
			}
			return &out
		}
	}
	return nil
}

// Glance is View for those who ask once and beside the scheduling cycles: it takes no
// place among the Views that are kept for them, and is not made ahead of time.
func (b *Board) Glance(g Governance) *View {
	v := b.views.glance(g)
	if v == nil {
		v = &View{board: b, governing: g}
	}
	v.once.Do(v.fill)
	return v
}

func (c *views) glance(g Governance) *View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept(g)
}

// kept returns a View that there is. Its caller holds the lock.
func (c *views) kept(g Governance) *View {
	for _, v := range c.list {
		if slices.Equal(v.governing.words, g.words) {
			return v
		}
	}
	return nil
}

// Outlooks yields what every node has in store, in the order of names.
func (v *View) Outlooks() iter.Seq[*Outlook] {
	return func(yield func(*Outlook) bool) {
		for i := range v.nodes {
			if !yield(&v.nodes[i]) {
				return
			}
		}
	}
}

// Name returns the name of the node.
func (o *Outlook) Name() string { return o.view.board.roster.names[o.slot] }

// Kind says how a rule keeps a pod off a node.
type Kind string

// The kinds of reasons.
const (
	Broke            Kind = "Broke"      // the rule fires there
	WouldBreak       Kind = "WouldBreak" // it would with the pod
	UnknownTelemetry Kind = "Unknown"    // nothing is known, and the rule blocks then
)

// About returns the rule that a reason is about, and how it keeps pods off.
func (b *Board) About(r Reason) (rules.Key, Kind) {
	kind := [...]Kind{broke: Broke, wouldBreak: WouldBreak, unknown: UnknownTelemetry}[int(r)%reasonKinds]
	return b.program.rules[r.rule()].Key(), kind
}
