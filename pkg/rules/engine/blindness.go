package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Blindness is the commonest reason why a rule knows nothing of its nodes.
type Blindness struct {
	// Metric is what is unknown, Reason why, in the words of one node.
	Metric, Reason string
	// Nodes counts the nodes with a reason of that kind.
	Nodes int
}

// Blindness returns the commonest reason why a rule knows nothing of its nodes; its
// zero value where it knows something of all of them, or the Board knows no such rule.
// Young nodes that have not reported yet do not count.
func (b *Board) Blindness(rule rules.Key) Blindness {
	i, found := b.program.index[rule]
	if !found {
		return Blindness{}
	}
	reasons, r := map[string]*Blindness{}, &b.program.rules[i]
	for slot := range b.roster.names {
		p := b.pair(slot, i)
		if p.selected && !p.graced && p.truth == Unknown {
			r.addReasons(reasons, b.samples(r, slot), instantOf(b.At))
		}
	}
	return commonest(reasons)
}

// Blind returns those of some rules that know nothing of a node that they judge, by its
// slot in Views. Neither young nodes that have not reported yet count, nor silenced rules.
func (b *Board) Blind(g Governance, slot int) (out []rules.Key) {
	for i := range b.program.rules {
		if !g.has(i) {
			continue
		}
		if p := b.pair(slot, i); p.selected && !p.graced && !p.silenced && p.truth == Unknown {
			out = append(out, b.program.rules[i].Key())
		}
	}
	return out
}

// addReasons counts why the leaves of one node are unknown, each metric once.
func (c *compiled) addReasons(reasons map[string]*Blindness, samples []sample, now instant) {
	seen := map[string]bool{}
	for i := range samples {
		l, s := &c.leaves[i], &samples[i]
		if seen[l.Metric] || s.usable(now, l.metric.MaxAge) {
			continue
		}
		seen[l.Metric] = true
		why := l.why(s, now)
		kind := l.Metric + " " + kindOf(why)
		if reasons[kind] == nil {
			reasons[kind] = &Blindness{Metric: l.Metric, Reason: why}
		}
		reasons[kind].Nodes++
	}
}

// kindOf cuts a reason before what differs from node to node: numbers, labels, names
// in quotes.
func kindOf(why string) string {
	if at := strings.IndexAny(why, `0123456789{"`); at >= 0 {
		return why[:at]
	}
	return why
}

// commonest returns the reason of most nodes; of several the first by name.
func commonest(reasons map[string]*Blindness) Blindness {
	kinds := slices.Sorted(maps.Keys(reasons))
	if len(kinds) == 0 {
		return Blindness{}
	}
	return *reasons[slices.MaxFunc(kinds, func(a, b string) int { return cmp.Compare(reasons[a].Nodes, reasons[b].Nodes) })]
}
