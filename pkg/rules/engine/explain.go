package engine

import (
	"iter"

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
	// Headroom is what a pod may need of each resource beside what arrived, whatever it
	// needs of the others, without any governing rule looking closer; +Inf where no rule
	// limits it.
	Headroom Amounts
}

// Limit is one way for a pod to break a rule: by going beyond every amount of Most
// together with what arrived, and of With together with what is requested on the node
// already. −Inf stands for an
// amount that is not asked for.
type Limit struct{ Most, With Amounts }

// Answer returns what Blocked and WouldBreak say of a pod, and why; see WouldBreak for
// what it takes.
func (o *Outlook) Answer(need, arrived, requested Amounts) Answer {
	a := Answer{Node: o.Name(), Headroom: o.headroom(arrived, requested)}
	if a.Reason, a.Kept = o.Blocked(); a.Kept {
		return a
	}
	if a.Reason, a.Kept = o.WouldBreak(need, arrived, requested); a.Kept {
		a.Broken = o.view.board.nodes[o.slot].broken(a.Reason.rule(), need.Plus(arrived), need.Plus(requested))
	}
	return a
}

// headroom takes off what arrived, and what is requested where the node is judged by
// it.
func (o *Outlook) headroom(arrived, requested Amounts) Amounts {
	return o.most.minus(arrived).least(o.with.minus(requested))
}

// broken returns the first limit of a rule that a pod goes beyond, where measured is
// to be added to what telemetry knows, and asked is all that is requested.
func (n *NodeBoard) broken(rule int, measured, asked Amounts) *Limit {
	for i := range n.limits {
		if l := &n.limits[i]; int(l.rule) == rule && measured.exceeds(l.most) && n.beyond(l, asked) {
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
func (b *Board) Glance(g Governance) *View { return b.views.glance(g) }

// Unseen yields, for each metric that rules and preferences look at, what a pod in
// flight on a node will add to the newest value as far as its sample does not show it:
// in the metric's unit, negative where that is what is free. Metrics that pods do not
// move are left out.
func (b *Board) Unseen(node string, f *Flight) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		slot := b.Slot(node)
		for i, name := range b.program.metrics {
			m := b.program.set.Metrics[name]
			if slot < 0 || m.InFlight.Resource == rules.ResourceNone {
				continue
			}
			if s := &b.columns[i][slot]; !yield(name, s.per(&m)*f.unseen(&m, s)) {
				return
			}
		}
	}
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
