package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// SilencedRule is a rule that is silenced on a node, and what it would say of a pod there
// if it were not.
type SilencedRule struct {
	Rule rules.Key
	// Kind is how it would keep the pod off; empty where it would not.
	Kind Kind
	// Sentence is what was seen, or which line the pod would cross; empty where Kind is.
	Sentence string
}

// IsSilenced reports whether one of some rules is silenced on a node, by its slot in
// Views.
func (b *Board) IsSilenced(g Governance, slot int) bool {
	if len(b.program.set.Pause.Silences) == 0 {
		return false
	}
	for i := range b.program.rules {
		if g.has(i) && b.isSilenced(slot, i) {
			return true
		}
	}
	return false
}

func (b *Board) isSilenced(slot, rule int) bool {
	p := b.pair(slot, rule)
	return p.selected && p.silenced
}

// Silenced returns those of some rules that are silenced on a candidate.
func (b *Board) Silenced(g Governance, c Candidate) (out []SilencedRule) {
	slot := b.Slot(c.Node)
	if slot < 0 || !b.IsSilenced(g, slot) {
		return nil
	}
	for i := range b.program.rules {
		if g.has(i) && b.isSilenced(slot, i) {
			out = append(out, b.unsilenced(i, slot, c))
		}
	}
	return out
}

// unsilenced says what a rule would say.
func (b *Board) unsilenced(i, slot int, c Candidate) SilencedRule {
	r, p := &b.program.rules[i], b.pair(slot, i)
	out, t := SilencedRule{Rule: r.Key()}, tick{board: b, now: instantOf(b.At)}
	switch forecast, _ := b.Forecast(out.Rule, c); {
	case p.phase == Firing || p.phase == Keeping:
		out.Kind, out.Sentence = Broke, t.sentence(slot, r, p)
	case p.truth == Unknown && t.blocksUnknown(r, b.summary[i].SourceFault, p):
		out.Kind, out.Sentence = UnknownTelemetry, t.sentence(slot, r, p)
	case r.predicts && forecast.Sentence != "":
		out.Kind, out.Sentence = WouldBreak, forecast.Sentence
	}
	return out
}
