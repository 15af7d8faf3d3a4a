package plan

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// lacks says what is missing for the rule to be a ground for moves, as things stand on
// the node; empty where nothing is.
func (t *Trouble) lacks(now time.Time, policy Policy, known bool, past NodePast) Reason {
	switch {
	case !known:
		return Gone
	case t.Truth == engine.Unknown:
		return Unknown
	case t.Phase != engine.Firing || t.Truth != engine.True:
		return Recovering
	case t.Assumed:
		return Assumed
	case now.Sub(t.Newest) > policy.MaxAge:
		return Stale
	}
	return t.lacksTime(now, policy, past)
}

// lacksTime is lacks of a rule that is true.
func (t *Trouble) lacksTime(now time.Time, policy Policy, past NodePast) Reason {
	switch {
	case t.Surely == 0:
		return InTheBand
	case t.Surely < SureAfter:
		return NotSure
	case now.Sub(t.Since) < policy.After:
		return NotLongEnough
	case !t.Newest.After(past.Acted):
		return NotNewer
	case !policy.Vacate && len(t.Relief) == 0:
		return Incurable
	case !policy.Vacate && slices.ContainsFunc(t.Relief, Relief.reached):
		return Cured
	}
	return ""
}

// heldBy says what holds what the rule would do on the node; empty where nothing does.
func (t *Trouble) heldBy(in *In, policy Policy, spent Spent, node string) Reason {
	switch {
	case in.Stopped != "":
		return in.Stopped
	case policy.Stopped != "":
		return policy.Stopped
	case t.Paused:
		return Paused
	case t.Silenced:
		return Silenced
	case spent.Total >= policy.Limits.Total:
		return LimitTotal
	case spent.Node[node] >= policy.Limits.Node:
		return LimitNode
	}
	return ""
}

// mode is how far a rule may go on a node.
type mode uint8

// Modes, in the order in which they are planned: what is only shown takes no home from
// what is done.
const (
	enforced mode = iota
	dry
	held
	modes
)

// acting is a rule that has the evidence to act on a node.
type acting struct {
	*Trouble
	policy Policy
	mode   mode
	// reason is why nothing comes of it: what holds it, or DryRun.
	reason Reason
}

// judge tells the rules that may act on a node from those that may not.
func (m *maker) judge(n *node) {
	for _, t := range inRuleOrder(n.source.Troubles) {
		policy, known := m.in.Rules[t.Rule]
		mode, past := m.modeOf(t, policy)
		reason, until := t.lacks(m.in.Now, policy, known, past.Nodes[n.source.Node]), time.Time{}
		if reason == "" {
			reason, until = m.waits(n, mode)
		}
		if reason != "" {
			n.answer(t.Rule, reason, until)
			continue
		}
		n.rules = append(n.rules, m.permit(t, policy, mode, n.source.Node))
	}
}

func inRuleOrder(troubles []Trouble) []*Trouble {
	out := make([]*Trouble, len(troubles))
	for i := range out {
		out[i] = &troubles[i]
	}
	slices.SortFunc(out, func(a, b *Trouble) int { return compareKeys(a.Rule, b.Rule) })
	return out
}

// modeOf is how far the rule may go but for what holds it, and what it remembers.
func (m *maker) modeOf(t *Trouble, policy Policy) (mode, *Past) {
	if m.in.DryRun || policy.DryRun || t.DryRun {
		return dry, &m.in.Dry
	}
	return enforced, &m.in.Real
}

// waits says what keeps the whole node from being planned, and until when, where that is
// known.
func (m *maker) waits(n *node, as mode) (Reason, time.Time) {
	real, shown := m.in.Real.Nodes[n.source.Node], m.in.Dry.Nodes[n.source.Node]
	switch {
	case n.source.Refusal != "":
		return n.source.Refusal, time.Time{}
	case real.Waits != "":
		return real.Waits, real.Until
	case as == dry:
		return shown.Waits, shown.Until
	}
	return "", time.Time{}
}

// permit asks what holds a rule that has the evidence to act.
func (m *maker) permit(t *Trouble, policy Policy, as mode, node string) acting {
	out := acting{Trouble: t, policy: policy, mode: as}
	if as == dry {
		out.reason = DryRun
	}
	if by := t.heldBy(m.in, policy, m.books[as].spent, node); by != "" {
		out.mode, out.reason = held, by
	}
	return out
}
