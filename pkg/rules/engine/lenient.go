package engine

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// A lenient rule gives way where every otherwise feasible node breaks it: its
// whenAllBlocked is ScheduleAnyway. The others are firm.

// Lenient returns the lenient rules of a set.
func (b *Board) Lenient(g Governance) Governance {
	return b.filter(g, func(word, lenient uint64) uint64 { return word & lenient })
}

// Firm returns the firm rules of a set.
func (b *Board) Firm(g Governance) Governance {
	return b.filter(g, func(word, lenient uint64) uint64 { return word &^ lenient })
}

func (b *Board) isLenient(rule int) bool {
	return b.program.lenient[rule/wordSize]>>(rule%wordSize)&1 == 1
}

func (b *Board) filter(g Governance, of func(word, lenient uint64) uint64) Governance {
	out := Governance{words: make([]uint64, len(g.words))}
	for i, word := range g.words {
		out.words[i] = of(word, b.program.lenient[i])
	}
	return out
}

// lenientRules returns a bit for each lenient rule.
func lenientRules(list []rules.Rule) []uint64 {
	out := make([]uint64, wordsFor(len(list)))
	for i := range list {
		if block := list[i].Block; block != nil && block.WhenAllBlocked == rules.ScheduleAnyway {
			out[i/wordSize] |= 1 << (i % wordSize)
		}
	}
	return out
}

// OpenedSince reports whether a node would take a pod now that would not in the View
// that the pod had of a former Board. Under other rules nobody knows, and it counts as
// opened. What is requested on nodes is left out.
func (v *View) OpenedSince(former *View, need Amounts) bool {
	if !v.board.SameRules(former.board) || !slices.Equal(v.governing.words, former.governing.words) {
		return true
	}
	for slot := range v.nodes {
		if v.nodes[slot].takes(need) && !former.Node(v.board.roster.names[slot]).takes(need) {
			return true
		}
	}
	return false
}

// takes reports whether the node takes a pod by what is measured. One that is not
// there does not.
func (o *Outlook) takes(need Amounts) bool {
	if o == nil {
		return false
	}
	_, kept := o.KeepsOff(need, Amounts{}, Amounts{})
	return !kept
}
