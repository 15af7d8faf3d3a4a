package plan

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// nearness has the reasons why a rule lacks the evidence to act, from that which is
// farthest from it: a node is said to lack what its nearest rule lacks.
var nearness = []Reason{
	Gone, Recovering, Unknown, Assumed, Stale, InTheBand, NotSure, NotLongEnough, NotNewer, Incurable, Cured,
	NotCured, CoolingDown, Verifying, WaitingForReplacement, WaitingForGone, Unanswered, Draining, NotReady, Cordoned,
}

// answer keeps why a rule does not act, and until when, where that is known.
func (n *node) answer(rule rules.Key, reason Reason, until time.Time) {
	answer := RuleAnswer{Rule: rule, Reason: reason}
	if !until.IsZero() {
		answer.Rest = &Rest{"node " + n.source.Node, until}
	}
	n.plan.Rules = append(n.plan.Rules, answer)
	if n.lack == "" || slices.Index(nearness, reason) > slices.Index(nearness, n.lack) {
		n.lack = reason
	}
}

// fail keeps why rules end with nothing; empty where they do not.
func (n *node) fail(group []acting, reason Reason) {
	for i := range group {
		n.failed[group[i].Rule] = reason
	}
}

// conclude says of each rule what comes of it.
func (m *maker) conclude(n *node) NodePlan {
	for _, a := range n.rules {
		answer := RuleAnswer{Rule: a.Rule, Reason: n.outcome(&a)}
		switch answer.Reason {
		case NotEnough:
			answer.Short = m.short(n, &a, a.mode)
		case CoolingDown:
			answer.Rest = m.restOf(n, &a)
		}
		n.plan.Rules = append(n.plan.Rules, answer)
	}
	slices.SortFunc(n.plan.Rules, func(a, b RuleAnswer) int { return compareKeys(a.Rule, b.Rule) })
	if len(n.plan.Moves) == 0 && n.plan.Reason == "" {
		n.plan.Reason = n.lack
	}
	return n.plan
}

// restOf says which owner is left alone, of the first pod that is spared for it; nil where
// none is.
func (m *maker) restOf(n *node, a *acting) *Rest {
	for _, s := range n.plan.Spared {
		until := m.books[a.mode].past.Owners[s.Pod.Owner].Until(a.policy.Cooldown)
		if s.Reason == CoolingDown && until.After(m.in.Now) {
			return &Rest{s.Pod.OwnerKind + "/" + s.Pod.OwnerName, until}
		}
	}
	return nil
}

// outcome says why a rule that has the evidence does not act; empty where it does.
func (n *node) outcome(a *acting) Reason {
	for i := range n.plan.Moves {
		if slices.Contains(n.plan.Moves[i].For, a.Rule) {
			return n.plan.Reason
		}
	}
	switch {
	case n.failed[a.Rule] != "":
		return n.failed[a.Rule]
	case a.reason != "":
		return a.reason
	}
	return Later
}
