package engine

import (
	"iter"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// RuleSet returns the rules by which the Board was made.
func (b *Board) RuleSet() *rules.RuleSet { return b.program.set }

// Names returns the names of all nodes, sorted. The caller must not change it.
func (b *Board) Names() []string { return b.roster.names }

// GraceUntil returns until when a node counts as new; the zero time where it does not.
// On a new node what was never measured is judged by requests, and not missed.
func (b *Board) GraceUntil(node string) time.Time {
	slot, found := b.roster.slots[node]
	if !found || !b.isYoung(slot) {
		return time.Time{}
	}
	return b.roster.created[slot].time().Add(b.grace)
}

// InGrace counts the nodes that count as new.
func (b *Board) InGrace() (n int) {
	for slot := range b.nodes {
		if b.isYoung(slot) {
			n++
		}
	}
	return n
}

func (b *Board) isYoung(slot int) bool {
	return instantOf(b.At).since(b.roster.created[slot]) < b.grace
}

// PairStanding is how one rule stands on one node that it judges.
type PairStanding struct {
	Rule  rules.Key
	Node  string
	Phase Phase
	// Since is when the phase began; zero if it always was so.
	Since time.Time
	// TrueSince is the time of the first sample of a run of True that a pending or
	// firing rule rests on; zero in other phases.
	TrueSince time.Time
	// Known is the time of the newest sample that the condition was judged by.
	Known    time.Time
	Truth    Truth
	Blocks   bool
	Silenced bool
}

// Pairs yields how each rule stands on each node that it judges, by rule and then by
// node.
func (b *Board) Pairs() iter.Seq[PairStanding] {
	return func(yield func(PairStanding) bool) {
		for i := range b.program.rules {
			for slot := range b.nodes {
				if p := b.pair(slot, i); p.selected && !yield(b.standing(p, slot, i)) {
					return
				}
			}
		}
	}
}

func (b *Board) standing(p *pair, slot, rule int) PairStanding {
	out := PairStanding{
		Rule: b.program.rules[rule].Key(), Node: b.roster.names[slot], Phase: p.phase, Since: p.since.time(),
		Known: p.knownAt.time(), Truth: p.truth, Silenced: p.silenced,
		Blocks: b.nodes[slot].blocks(rule),
	}
	if p.phase == Pending || p.phase == Firing {
		out.TrueSince = p.firstTrue.time()
	}
	return out
}

// Value is what is known of one metric on one node.
type Value struct {
	Metric, Node string
	// Value and At are those of the newest sample ever accepted; At is zero if there
	// never was one.
	Value float64
	At    time.Time
	// Window is the time that the value averages over; 0 for the value of an instant.
	Window time.Duration
	// Unknown says why the value does not count now; empty where it does.
	Unknown string
	// Unseen is what pods in flight will add to the value, as far as the sample does not
	// show them; negative where the metric is what is free.
	Unseen float64

	resource rules.Resource
	// per is what a core, byte or pod more adds.
	per float64
}

// Adds returns what amounts add to the value, in the metric's unit.
func (v *Value) Adds(amounts Amounts) float64 { return v.per * amounts.of(v.resource) }

// Values yields what is known of each metric that rules and preferences look at, by
// metric and then by node.
func (b *Board) Values() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := range b.program.metrics {
			for slot := range b.nodes {
				if !yield(b.value(i, slot)) {
					return
				}
			}
		}
	}
}

// SampleTimes yields when the newest samples of each metric were measured, of the nodes that
// ever had one, by metric and then by node. The caller may sort them, until the next.
func (b *Board) SampleTimes() iter.Seq2[string, []time.Time] {
	return func(yield func(string, []time.Time) bool) {
		times := make([]time.Time, 0, len(b.nodes))
		for i, metric := range b.program.metrics {
			times = times[:0]
			for slot := range b.nodes {
				if at := b.columns[i][slot].at.time(); !at.IsZero() {
					times = append(times, at)
				}
			}
			if !yield(metric, times) {
				return
			}
		}
	}
}

// ValuesOf yields what Values does of one node, by metric.
func (b *Board) ValuesOf(node string) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		slot := b.Slot(node)
		for i := range b.program.metrics {
			if slot < 0 || !yield(b.value(i, slot)) {
				return
			}
		}
	}
}

func (b *Board) value(column, slot int) Value {
	metric, s := b.program.metrics[column], &b.columns[column][slot]
	l := leaf{Leaf: &rules.Leaf{Metric: metric}, metric: b.program.set.Metrics[metric]}
	out := Value{
		Metric: l.Metric, Node: b.roster.names[slot], Value: s.value, At: s.at.time(), Window: s.window,
		resource: l.metric.InFlight.Resource, per: s.per(&l.metric),
	}
	out.Unseen = out.per * s.unseen
	if now := instantOf(b.At); !s.usable(now, l.metric.MaxAge) {
		out.Unknown = l.why(s, now)
	}
	return out
}
