package ground

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Ground is what evictions go by at one time.
type Ground struct {
	Now      time.Time
	Board    *engine.Board
	Policies map[rules.Key]Policy
	// Order has the keys of Policies in the order of rules.
	Order []rules.Key
	// Sources are the nodes in trouble, without their pods.
	Sources []plan.Source
	// Stopped holds everything: Stopped or OutsideWindow.
	Stopped plan.Reason
	// Change is when the windows open or close; zero where they do not.
	Change time.Time
}

// Policy is what holds for the moves of one rule.
type Policy struct {
	args.Policy
	Rule   *rules.Rule
	MaxAge time.Duration
	// Stopped is Breaker or FewHomes, and Why says it with numbers.
	Stopped plan.Reason
	Why     string
}

// Of sees which rules may move pods, and which nodes are in trouble.
func Of(now time.Time, board *engine.Board, said *args.Eviction) *Ground {
	g := &Ground{Now: now, Board: board, Policies: map[rules.Key]Policy{}}
	var troubles []engine.Trouble
	for t := range board.Troubles() {
		troubles = append(troubles, t)
		g.enter(t)
	}
	g.judge(said, troubles)
	return g
}

// judge finds what holds for each rule that evicts, and for all of them.
func (g *Ground) judge(said *args.Eviction, troubles []engine.Trouble) {
	set, summaries := g.Board.RuleSet(), g.Board.Rules()
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Evict == nil {
			continue
		}
		p := Policy{Policy: said.For(r), Rule: r, MaxAge: maxAge(set, r)}
		p.Stopped, p.Why = g.stops(said.Breaker, &p, &summaries[i], troubles)
		g.Policies[r.Key()], g.Order = p, append(g.Order, r.Key())
	}
	open, change := said.Open(g.Now)
	g.Change = change
	switch {
	case set.Pause.EvictionPaused(g.Now):
		g.Stopped = plan.Stopped
	case !open:
		g.Stopped = plan.OutsideWindow
	}
}

// maxAge is the greatest of a rule's metrics: each was judged by its own when the Board
// was made.
func maxAge(set *rules.RuleSet, r *rules.Rule) (most time.Duration) {
	for leaf := range r.When.Leaves() {
		most = max(most, set.Metrics[leaf.Metric].MaxAge)
	}
	return most
}

// enter adds a trouble to its node; they come by node.
func (g *Ground) enter(t engine.Trouble) {
	if n := len(g.Sources); n == 0 || g.Sources[n-1].Node != t.Node {
		g.Sources = append(g.Sources, plan.Source{Node: t.Node})
	}
	s := &g.Sources[len(g.Sources)-1]
	s.Troubles = append(s.Troubles, plan.Trouble{
		Rule: t.Rule, Phase: t.Phase, Since: t.Since, Assumed: t.Assumed, Silenced: t.Silenced, Paused: t.Paused, DryRun: t.DryRun,
		Truth: t.Truth, Surely: t.Surely, Newest: t.Newest, Sentence: t.Sentence, Relief: reliefs(t.Relief),
	})
}

func reliefs(all []engine.Relief) (out []plan.Relief) {
	for _, r := range all {
		parts := make([]plan.Part, len(r.Parts))
		for i, p := range r.Parts {
			parts[i] = plan.Part(p)
		}
		out = append(out, plan.Relief{Parts: parts})
	}
	return out
}

// PodPolicies are those of the rules that trouble a node, as far as they say which pods
// may leave.
func (g *Ground) PodPolicies(source *plan.Source) map[rules.Key]facts.Policy {
	out := map[rules.Key]facts.Policy{}
	for i := range source.Troubles {
		p := g.Policies[source.Troubles[i].Rule]
		out[source.Troubles[i].Rule] = facts.Policy{MinPodAge: p.MinPodAge, MinReplicas: p.MinReplicas, Allow: p.Allow}
	}
	return out
}

// In is what a plan depends on, but for what is remembered, PodDisruptionBudgets, and who
// proves homes.
func (g *Ground) In(said *args.Eviction) plan.In {
	in := plan.In{
		Now: g.Now, Stopped: g.Stopped, DryRun: said.DryRun, Rules: map[rules.Key]plan.Policy{}, Nodes: g.Sources,
		Concurrent: plan.AtOnce(said.Concurrent),
	}
	for key, p := range g.Policies {
		in.Rules[key] = plan.Policy{
			Vacate: p.Goal == rules.Vacate, After: p.After, MaxAge: p.MaxAge, Cooldown: p.Cooldown, DryRun: p.DryRun,
			Limits: plan.PerHour(p.PerHour), Stopped: p.Stopped,
		}
	}
	return in
}
