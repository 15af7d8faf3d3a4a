package descheduler

import (
	"context"
	"slices"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// maxEvents bounds the Events of a round on nodes; what is beyond is in the log and the
// Report.
const maxEvents = 50

// tell says of each rule on each node what was done or why nothing was: in the Report of
// the round, and where that changed by Events and in the log.
func (d *Descheduler) tell(ctx context.Context, l *look) {
	if l.waits == plan.OwnersUnread && !d.owners.said {
		d.tellPairs(ctx, l, nil) // it is so at each start for a moment, and no news
		return
	}
	news := d.tellPairs(ctx, l, d.memory.Learn(l.Now, d.learned(l)))
	d.changed = d.changed || len(news) > 0
	d.announce(ctx, l, news)
}

// tellPairs fills the Report, and returns what changed.
func (d *Descheduler) tellPairs(ctx context.Context, l *look, changed map[memory.Place]bool) (news []Pair) {
	for i := range l.plan.Nodes {
		n := &l.plan.Nodes[i]
		for j := range n.Rules {
			pair, done := d.pair(l, n, &n.Rules[j], changed != nil)
			if done || changed[memory.Place{Rule: pair.Rule, Node: pair.Node}] {
				news = append(news, pair)
			}
			l.told = append(l.told, pair)
			klog.FromContext(ctx).V(4).Info("A rule with evict fires", "rule", pair.Rule, "node", klog.KRef("", pair.Node), "reason", pair.Reason, "says", pair.Sentence)
		}
	}
	return news
}

// learned is the plan as it is remembered: what was done, dry runs too, is counted
// already.
func (d *Descheduler) learned(l *look) (out plan.Plan) {
	for _, n := range l.plan.Nodes {
		n.Rules = slices.Clone(n.Rules)
		for i := range n.Rules {
			a := &n.Rules[i]
			if m := l.madeFor(n.Node, a.Rule); m != nil {
				a.Reason = m.reason
			}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

// madeFor returns what became of a move for a rule on a node; nil where none was to be
// made.
func (l *look) madeFor(node string, rule rules.Key) *made {
	for i := range l.made {
		if m := &l.made[i]; m.act.Node == node && slices.Contains(m.act.Rules, rule) {
			return m
		}
	}
	return nil
}

// pair says what came of a rule on a node, and whether something was done. learned is set
// where that is in the memory already.
func (d *Descheduler) pair(l *look, n *plan.NodePlan, a *plan.RuleAnswer, learned bool) (out Pair, done bool) {
	out = Pair{Rule: a.Rule, Node: n.Node, Reason: a.Reason, Since: l.Now}
	m := l.madeFor(n.Node, a.Rule)
	kept, known := d.memory.Refusal(a.Rule, n.Node)
	switch done = m != nil && m.reason == ""; {
	case done && !m.act.DryRun:
		out.Reason = plan.Evicted
	case learned && known:
		out.Reason, out.Since = kept.Reason, kept.Since
	case m != nil && !done:
		out.Reason = m.reason
	}
	for _, t := range l.troublesOf(n.Node) {
		if t.Rule == a.Rule {
			out.Firing = t.Since
			w := wording{look: l, node: n, trouble: &t, reason: out.Reason, made: m, blind: d.memory.Blind(d.opts.Eviction.DryRun)}
			out.Sentence = join(t.Sentence, "; ", w.sentence())
		}
	}
	return out, done
}

// announceEnd tells how a move went.
func (d *Descheduler) announceEnd(ctx context.Context, r *memory.Record) {
	klog.FromContext(ctx).V(2).Info("A move of a pod ended", "pod", klog.KRef(r.Namespace, r.Pod), "node", klog.KRef("", r.From), "home", klog.KRef("", r.Home), "landed", klog.KRef("", r.Landed),
		"outcome", r.Outcome, "predicted", r.Predicted, "observed", r.Observed, "resource", r.Resource)
	d.sendEnd(r)
}
