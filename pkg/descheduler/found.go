package descheduler

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// found is what the newest plan came to, where nothing was to be done by it. It is told
// again as long as the same rules ask for the same nodes by the same samples.
type found struct {
	at   time.Time
	asks []plan.Ask
	plan plan.Plan
	// whys says by UID why a pod has no home.
	whys map[string]string
	// patient is set where newer samples alone are no cause to look again at once.
	patient bool
}

// restOfPlans is after which time a plan is made anew of which nothing comes whatever the
// next samples are: one that is only shown, or for which there are no homes.
const restOfPlans = time.Minute

// hopeless are the reasons for which newer samples change nothing.
var hopeless = []plan.Reason{
	plan.Stopped, plan.OutsideWindow, plan.Forgotten, plan.Throttled, plan.Breaker, plan.Paused, plan.Silenced, plan.FewHomes,
	plan.LimitNode, plan.LimitNamespace, plan.LimitTotal, plan.NoHome, plan.HomeTaken, plan.PendingFirst,
}

// finding keeps what a plan came to; nil where something was to be done by it, or where
// there was no time to find it out.
func finding(l *look, asks []plan.Ask) *found {
	out := &found{at: l.Now, asks: asks, plan: l.plan, whys: l.whys, patient: true}
	for i := range l.plan.Nodes {
		n := &l.plan.Nodes[i]
		if slices.ContainsFunc(n.Moves, func(m plan.Move) bool { return m.Held == "" }) || n.Reason == plan.Unreached {
			return nil
		}
		asked := slices.ContainsFunc(asks, func(a plan.Ask) bool { return a.Node == n.Node })
		out.patient = out.patient && (!asked || slices.Contains(hopeless, n.Reason))
	}
	return out
}

// stands reports whether a plan for these rules would find the same.
func (f *found) stands(now time.Time, asks []plan.Ask) bool {
	if f == nil {
		return false
	}
	rests := f.patient && now.Sub(f.at) < restOfPlans
	return slices.EqualFunc(f.asks, asks, func(a, b plan.Ask) bool {
		newer := !a.Newest.Equal(b.Newest)
		a.Newest, b.Newest = time.Time{}, time.Time{}
		return a == b && (rests || !newer)
	})
}

// among completes a plan that was made without pods: what was found of the rules that ask is
// put among what it says of the others.
func (f *found) among(p plan.Plan, asks []plan.Ask) plan.Plan {
	if len(asks) == 0 {
		return p
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		at := slices.IndexFunc(f.plan.Nodes, func(before plan.NodePlan) bool { return before.Node == n.Node })
		if at < 0 || !slices.ContainsFunc(asks, func(a plan.Ask) bool { return a.Node == n.Node }) {
			continue
		}
		answers := n.Rules
		*n = f.plan.Nodes[at]
		n.Rules = answersOf(answers, n.Rules, n.Node, asks)
	}
	return p
}

// answersOf takes the answers about the rules that ask from those that were found.
func answersOf(now, before []plan.RuleAnswer, node string, asks []plan.Ask) []plan.RuleAnswer {
	out := slices.Clone(now)
	for i := range out {
		rule := out[i].Rule
		at := slices.IndexFunc(before, func(a plan.RuleAnswer) bool { return a.Rule == rule })
		if at >= 0 && slices.ContainsFunc(asks, func(a plan.Ask) bool { return a.Node == node && a.Rule == rule }) {
			out[i] = before[at]
		}
	}
	return out
}

func (f *found) reasons() map[string]string {
	if f == nil {
		return nil
	}
	return f.whys
}
