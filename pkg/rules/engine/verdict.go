package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Verdict is what one rule says about one node, for people.
type Verdict struct {
	Rule rules.Key
	Node string
	// Judged is false where the rule does not select the node, or the node ignores
	// the rule; then the rest is empty.
	Judged bool
	Phase  Phase
	// Since is when the phase began; zero if it always was so.
	Since time.Time
	Truth Truth
	// Blocks reports whether the rule keeps the pods that it governs off the node; a
	// dry run only would.
	Blocks bool
	// DryRun and Silenced say why a rule that fires does nothing.
	DryRun, Silenced bool
	Leaves           []LeafVerdict
	// Sentence says all of it.
	Sentence string
}

// LeafVerdict is what one comparison says.
type LeafVerdict struct {
	Condition string // such as memory > 90%
	Truth     Truth
	// Value is the newest sample, in the metric's unit, and At its time; zero if
	// there never was one.
	Value float64
	At    time.Time
	// Sentence says what was seen, or why nothing was.
	Sentence string
}

// Explain returns what a rule says about a node, and whether the Board knows
// both.
func (b *Board) Explain(rule rules.Key, node string) (Verdict, bool) {
	i, ruleFound := b.program.index[rule]
	slot, nodeFound := b.roster.slots[node]
	if !ruleFound || !nodeFound {
		return Verdict{}, false
	}
	r, p := &b.program.rules[i], b.pair(slot, i)
	v := Verdict{Rule: rule, Node: node}
	if p.selected {
		v.Judged, v.Phase, v.Since, v.Truth = true, p.phase, p.since.time(), p.truth
		v.Blocks = b.nodes[slot].blocks(i)
		v.DryRun, v.Silenced = r.DryRun, p.silenced
		v.Leaves = r.leafVerdicts(b.samples(r, slot), p, instantOf(b.At))
	}
	v.Sentence = v.sentence()
	return v, true
}

func (b *Board) samples(r *compiled, slot int) []sample {
	out := make([]sample, len(r.leaves))
	for i := range r.leaves {
		out[i] = b.columns[r.leaves[i].column][slot]
	}
	return out
}

// sentence is what happened, for a transition.
func (t *tick) sentence(slot int, r *compiled, p *pair) string {
	if !p.selected {
		return "the rule no longer judges this node"
	}
	return describe(r.leafVerdicts(t.board.samples(r, slot), p, t.now))
}

func (c *compiled) leafVerdicts(samples []sample, p *pair, now instant) []LeafVerdict {
	out := make([]LeafVerdict, len(samples))
	for i := range samples {
		out[i] = c.leaves[i].verdict(&samples[i], now, p.leaves>>i&1 == 1)
	}
	return out
}

func (l *leaf) verdict(s *sample, now instant, is bool) LeafVerdict {
	v := LeafVerdict{Condition: l.String(), Value: s.value, At: s.at.time()}
	switch {
	case !s.usable(now, l.metric.MaxAge):
		v.Sentence = l.Metric + " is unknown: " + l.why(s, now)
		return v
	case is:
		v.Truth = True
	default:
		v.Truth = False
	}
	v.Sentence = fmt.Sprintf("%s is %s (%s)", l.Metric, FormatValue(s.value, l.metric.Unit), l.relation(s.value, is))
	return v
}

// why says why a sample is of no use.
func (l *leaf) why(s *sample, now instant) string {
	switch {
	case s.missing != "":
		return s.missing
	case s.at == 0:
		return "there is no sample yet"
	}
	return fmt.Sprintf("the newest sample is %v old and may be %v at most", now.since(s.at).Round(time.Second), l.metric.MaxAge)
}

// relation names the line, and the other one where a value stands between both.
func (l *leaf) relation(value float64, is bool) string {
	if is && !l.holds(value, l.Threshold) {
		return l.Leaf.String() + ", clear at " + FormatValue(l.Clear, l.metric.Unit)
	}
	return l.Leaf.String()
}

func describe(leaves []LeafVerdict) string {
	parts := make([]string, len(leaves))
	for i := range leaves {
		parts[i] = leaves[i].Sentence
	}
	return strings.Join(parts, "; ")
}

func (v *Verdict) sentence() string {
	if !v.Judged {
		return fmt.Sprintf("rule %s does not judge node %s", v.Rule, v.Node)
	}
	since := ""
	if !v.Since.IsZero() {
		since = " since " + v.Since.Format(time.TimeOnly) + " UTC"
	}
	return fmt.Sprintf("rule %s is %s on node %s%s, which %s: %s", v.Rule, v.Phase, v.Node, since, v.effect(), describe(v.Leaves))
}

func (v *Verdict) effect() string {
	switch {
	case v.Silenced:
		return "takes pods, because the rule is silenced there"
	case v.Blocks && v.DryRun:
		return "would take no new pods if the rule were no dry run"
	case v.Blocks && v.Truth == Unknown && v.Phase == Inactive:
		return "takes no new pods while the condition is unknown"
	case v.Blocks:
		return "takes no new pods"
	}
	return "takes pods"
}
