package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// RuleSummary counts the nodes that a rule judges.
type RuleSummary struct {
	Key rules.Key
	// Phases counts nodes by phase.
	Phases [4]int
	// Unknown of Nodes could not be judged. Young nodes that have not reported yet
	// are in neither number.
	Unknown, Nodes int
	// Awaited counts those young nodes: nothing is known of them either, but nothing
	// follows from it.
	Awaited int
	// NewlyFiring counts the nodes on which the rule began to fire with this Board.
	NewlyFiring int
	// SourceFault is set while over half of the nodes are Unknown: then the source
	// is at fault and not the nodes, and OnUnknown Block does not act.
	SourceFault bool
}

// Rules returns a summary of each rule. The caller must not change it.
func (b *Board) Rules() []RuleSummary { return b.summary }

func newSummary(p *program) []RuleSummary {
	out := make([]RuleSummary, len(p.rules))
	for i := range p.rules {
		out[i].Key = p.rules[i].Key()
	}
	return out
}

func (s *RuleSummary) count(p *pair, now instant) {
	s.Phases[p.phase]++
	if p.phase.keepsOff() && p.fired == now {
		s.NewlyFiring++
	}
	if p.graced {
		s.Awaited++
		return
	}
	s.Nodes++
	if p.truth == Unknown {
		s.Unknown++
	}
}

func finish(summary []RuleSummary) {
	for i := range summary {
		summary[i].SourceFault = summary[i].Unknown*2 > summary[i].Nodes
	}
}
