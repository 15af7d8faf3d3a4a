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
	// Headroom is what a pod may need of each resource beside what arrived, whatever it
	// needs of the others, without any governing rule looking closer; +Inf where no rule
	// limits it.
	Headroom Amounts
}

// Answer returns what KeepsOff says of a pod, and why.
func (o *Outlook) Answer(need, arrived, requested Amounts) Answer {
	a := Answer{Node: o.Name(), Headroom: o.headroom(arrived, requested)}
	a.Reason, a.Kept = o.KeepsOff(need, arrived, requested)
	return a
}

// headroom takes off what arrived, and what is requested where the node is judged by
// it.
func (o *Outlook) headroom(arrived, requested Amounts) Amounts {
	return o.most.minus(arrived).least(o.with.minus(requested))
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
