package plan

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// nearness has the reasons why a rule lacks the evidence to act, from that which is
// farthest from it: a node is said to lack what its nearest rule lacks.
var nearness = []Reason{
	Gone, Recovering, Unknown, Assumed, Stale, InTheBand, NotSure, NotLongEnough, NotNewer, Incurable, Cured,
	NotCured, CoolingDown, Verifying, WaitingForReplacement, WaitingForGone, Unanswered, Draining, NotReady, Cordoned,
}

// answer keeps why a rule does not act.
func (n *node) answer(rule rules.Key, reason Reason) {
	n.plan.Rules = append(n.plan.Rules, RuleAnswer{Rule: rule, Reason: reason})
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
		if answer.Reason == NotEnough {
			answer.Short = m.short(n, &a, a.mode)
		}
		n.plan.Rules = append(n.plan.Rules, answer)
	}
	slices.SortFunc(n.plan.Rules, func(a, b RuleAnswer) int { return compareKeys(a.Rule, b.Rule) })
	if len(n.plan.Moves) == 0 && n.plan.Reason == "" {
		n.plan.Reason = n.lack
	}
	return n.plan
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
