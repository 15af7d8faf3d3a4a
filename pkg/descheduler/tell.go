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
func (d *Descheduler) tell(ctx context.Context, l *look, s *seeker, p plan.Plan) {
	news := []Pair{}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		for j := range n.Rules {
			pair := l.pair(s, n, &n.Rules[j])
			before, known := d.memory.Refusal(pair.Rule, pair.Node)
			if pair.Since = before.Since; !known || before.Reason != pair.Reason {
				pair.Since = l.Now
				news = append(news, pair)
			}
			l.told = append(l.told, pair)
			klog.FromContext(ctx).V(4).Info("A rule with evict fires", "rule", pair.Rule, "node", pair.Node, "reason", pair.Reason, "says", pair.Sentence)
		}
	}
	d.memory.Learn(l.Now, d.learned(l, p))
	d.changed = d.changed || len(news) > 0
	d.announce(ctx, l, news)
}

// learned is the plan as it is remembered: what was done, dry runs too, is counted
// already.
func (d *Descheduler) learned(l *look, p plan.Plan) (out plan.Plan) {
	for _, n := range p.Nodes {
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

// pair says what came of a rule on a node.
func (l *look) pair(s *seeker, n *plan.NodePlan, a *plan.RuleAnswer) Pair {
	out := Pair{Rule: a.Rule, Node: n.Node, Reason: a.Reason}
	m := l.madeFor(n.Node, a.Rule)
	switch {
	case m != nil && m.reason != "":
		out.Reason = m.reason
	case m != nil && !m.act.DryRun:
		out.Reason = plan.Evicted
	}
	for _, t := range l.troublesOf(n.Node) {
		if t.Rule == a.Rule {
			out.Firing, out.Sentence = t.Since, t.Sentence
			w := wording{look: l, seeker: s, node: n, trouble: &t, reason: out.Reason, made: m}
			out.Sentence = join(t.Sentence, "; ", w.sentence())
		}
	}
	return out
}

// tellWaiting says of all rules and nodes why nothing was planned.
func (l *look) tellWaiting() {
	for i := range l.Sources {
		for _, t := range l.Sources[i].Troubles {
			l.told = append(l.told, Pair{
				Rule: t.Rule, Node: l.Sources[i].Node, Sentence: join(t.Sentence, "; ", l.waits), Since: l.Now, Firing: t.Since,
			})
		}
	}
}

// announceEnd tells how a move went.
func (d *Descheduler) announceEnd(ctx context.Context, r *memory.Record) {
	klog.FromContext(ctx).V(2).Info("A move of a pod ended", "pod", klog.KRef(r.Namespace, r.Pod), "node", r.From, "home", r.Home, "landed", r.Landed,
		"outcome", r.Outcome, "predicted", r.Predicted, "observed", r.Observed, "resource", r.Resource)
	d.sendEnd(r)
}
