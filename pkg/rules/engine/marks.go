package engine

import (
	"cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Mark is what one node is to carry: a label or a taint, and for which rule.
type Mark struct {
	Label *rules.Label `json:"label,omitempty"`
	Taint *rules.Taint `json:"taint,omitempty"`
	Rule  string       `json:"rule"`
}

// Marks returns what each node is to carry now, by its name, where that is anything. A rule
// marks the nodes that it keeps pods off, or would if it blocked: so absent telemetry, dry runs,
// silences and the stop button mean for marks what they mean for blocks.
//
// Where several rules set one key the one of the most extreme value wins: the largest where
// they compare with above or atLeast, the smallest with below or atMost. Of equal values
// the most extreme threshold decides, then the name.
func (b *Board) Marks() map[string][]Mark {
	marking := b.program.marking()
	if len(marking) == 0 || b.program.set.Pause.BlocksPaused(b.At) {
		return nil
	}
	out := map[string][]Mark{}
	for slot, name := range b.roster.names {
		if marks := b.marksOf(slot, marking); len(marks) > 0 {
			out[name] = marks
		}
	}
	return out
}

// marking are the rules that mark nodes in earnest.
func (p *program) marking() (out []int) {
	for i := range p.rules {
		if r := p.rules[i].Rule; (r.Label != nil || r.Taint != nil) && !r.DryRun && !r.Paused {
			out = append(out, i)
		}
	}
	return out
}

// claimed names a label or a taint.
type claimed struct {
	key   string
	taint bool
}

// marksOf returns what one node is to carry, in the order of the rules; each key once.
func (b *Board) marksOf(slot int, marking []int) (out []Mark) {
	holders := map[claimed]int{}
	for _, i := range marking {
		if b.nodes[slot].blocked[i/wordSize]>>(i%wordSize)&1 == 0 {
			continue
		}
		for _, m := range b.program.rules[i].marks() {
			if holder, taken := holders[m.claims()]; !taken || b.beats(i, holder, slot) {
				holders[m.claims()] = i
			}
		}
	}
	if len(holders) == 0 {
		return nil // most nodes, most of the time
	}
	for _, i := range marking {
		for _, m := range b.program.rules[i].marks() {
			if holder, held := holders[m.claims()]; held && holder == i {
				out = append(out, m)
			}
		}
	}
	return out
}

// marks are what a rule marks nodes with.
func (c *compiled) marks() (out []Mark) {
	if c.Label != nil {
		out = append(out, Mark{Label: c.Label, Rule: c.Key().String()})
	}
	if c.Taint != nil {
		out = append(out, Mark{Taint: c.Taint, Rule: c.Key().String()})
	}
	return out
}

func (m *Mark) claims() claimed {
	if m.Label != nil {
		return claimed{key: m.Label.Key}
	}
	return claimed{key: m.Taint.Key, taint: true}
}

// beats reports whether one rule sets a key rather than another, which comes before it by name.
func (b *Board) beats(one, other, slot int) bool {
	mine, theirs := b.extreme(one, slot), b.extreme(other, slot)
	return cmp.Or(cmp.Compare(mine.value, theirs.value), cmp.Compare(mine.threshold, theirs.threshold)) > 0
}

// extreme is how far out a rule is on a node; larger is further, whichever way it compares.
type extreme struct{ value, threshold float64 }

// extreme returns that of a rule with one comparison; for another one no single value
// decides, and the door lets it share no key.
func (b *Board) extreme(rule, slot int) extreme {
	r := &b.program.rules[rule]
	if len(r.leaves) != 1 {
		return extreme{}
	}
	l := &r.leaves[0]
	out := extreme{b.columns[l.column][slot].value, l.Threshold}
	if l.Op == rules.Below || l.Op == rules.AtMost {
		out.value, out.threshold = -out.value, -out.threshold
	}
	return out
}
