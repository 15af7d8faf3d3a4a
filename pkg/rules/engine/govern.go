package engine

import (
	"fmt"
	"math/bits"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// PodFacts is what rules look at in a pod.
type PodFacts struct {
	Namespace       string
	NamespaceLabels labels.Set
	Labels          labels.Set
	Priority        int32
	DaemonSet       bool
	// SystemCritical pods are governed by no rule.
	SystemCritical bool
	// Ignore holds the rule names of the pod's ignore annotation.
	Ignore IgnoreList
}

const wordSize = 64

// Governance is the set of rules that govern a pod and may keep it off nodes. Its
// zero value is the empty set. It belongs to the rules of the Board that made it.
type Governance struct{ words []uint64 }

// Empty reports whether no rule governs the pod.
func (g Governance) Empty() bool {
	for _, word := range g.words {
		if word != 0 {
			return false
		}
	}
	return true
}

func (g Governance) equal(other Governance) bool { return slices.Equal(g.words, other.words) }

// Key returns a text that is equal for equal sets.
func (g Governance) Key() string { return fmt.Sprintf("%x", g.words) }

func (g Governance) has(rule int) bool {
	return rule/wordSize < len(g.words) && g.words[rule/wordSize]>>(rule%wordSize)&1 == 1
}

// span is a range of rules, without its end.
type span struct{ from, to int32 }

// spans are the ranges that hold all governing rules: one among the cluster's, which
// come first, and one among those of the pod's namespace. What other namespaces have
// makes nothing longer.
func (b *Board) spans(g Governance) (out [2]span) {
	for i, word := range g.words {
		for ; word != 0; word &= word - 1 {
			rule := int32(i*wordSize + firstBit(word))
			s := &out[0]
			if b.program.rules[rule].Namespace != "" {
				s = &out[1]
			}
			if s.to == 0 {
				s.from = rule
			}
			s.to = rule + 1
		}
	}
	return out
}

func firstBit(word uint64) int { return bits.TrailingZeros64(word) }

// wordsFor returns how many words hold a bit for each rule.
func wordsFor(rules int) int { return (rules + wordSize - 1) / wordSize }

// Govern returns the rules that govern a pod: those that block, are not paused,
// select the pod, and are not ignored by it.
func (b *Board) Govern(pod PodFacts) Governance {
	if pod.SystemCritical || b.program.set.Pause.BlocksPaused(b.At) {
		return Governance{}
	}
	return b.govern(&pod, false)
}

// HasDryRuns reports whether any rule is a dry run.
func (b *Board) HasDryRuns() bool { return b.program.dryRuns }

// WouldKeepOff returns the first dry run that would keep a pod off a node. Nodes
// that are judged by requests are judged by what is measured alone.
func (b *Board) WouldKeepOff(pod PodFacts, need, arrived Amounts, node string) (rule rules.Key, kept bool) {
	dry := b.GovernDry(pod)
	if dry.Empty() {
		return rules.Key{}, false
	}
	n := b.View(dry).Node(node)
	if n == nil {
		return rules.Key{}, false
	}
	reason, kept := n.Blocked()
	if !kept && !n.CountsRequests() {
		reason, kept = n.WouldBreak(need, arrived, Amounts{})
	}
	if !kept {
		return rules.Key{}, false
	}
	return b.program.rules[reason.rule()].Key(), true
}

// GovernDry returns the rules that would govern a pod if they were no dry runs.
func (b *Board) GovernDry(pod PodFacts) Governance {
	if pod.SystemCritical {
		return Governance{}
	}
	return b.govern(&pod, true)
}

func (b *Board) govern(pod *PodFacts, dry bool) Governance {
	g := Governance{words: make([]uint64, wordsFor(len(b.program.rules)))}
	for i := range b.program.rules {
		if r := &b.program.rules[i]; r.Block != nil && r.DryRun == dry && r.concerns(pod) {
			g.words[i/wordSize] |= 1 << (i % wordSize)
		}
	}
	return g
}

// concerns reports whether a rule has anything to say about a pod.
func (c *compiled) concerns(pod *PodFacts) bool { return !c.Paused && c.exempts(pod) == "" }
