package descheduler

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// look is what one round goes by.
type look struct {
	now   time.Time
	board *engine.Board
	// sight is nil where no rule with evict fires.
	sight    Sight
	policies map[rules.Key]policy
	// order has the keys of policies in the order of rules.
	order   []rules.Key
	sources []plan.Source
	stopped plan.Reason
	// change is when the windows open or close; zero where they do not.
	change time.Time
	// waits says why nothing was planned at all.
	waits string
	// made is what became of moves that were to be made; see act.
	made []made
	told []Pair
}

// policy is what holds for the moves of one rule.
type policy struct {
	args.Policy
	rule   *rules.Rule
	maxAge time.Duration
	// stopped is Breaker or FewHomes, and why says it with numbers.
	stopped plan.Reason
	why     string
}

// look sees which rules may move pods and which nodes are in trouble. The Board by which
// homes are proved counts for both.
func (d *Descheduler) look(now time.Time, board *engine.Board) *look {
	l := &look{now: now, board: board}
	if hasTroubles(board) {
		if l.sight = d.opts.Prover.Look(); l.sight != nil {
			l.board = l.sight.Board()
		}
	}
	var troubles []engine.Trouble
	for t := range l.board.Troubles() {
		troubles = append(troubles, t)
	}
	l.judge(d.opts.Eviction, troubles)
	for _, t := range troubles {
		l.enter(t)
	}
	for i := range l.sources {
		l.sources[i].Refusal = l.refusalOf(l.sources[i].Node)
	}
	return l
}

func hasTroubles(board *engine.Board) bool {
	for range board.Troubles() {
		return true
	}
	return false
}

// judge finds what holds for each rule that evicts, and for all of them.
func (l *look) judge(said *args.Eviction, troubles []engine.Trouble) {
	l.policies = map[rules.Key]policy{}
	set, summaries := l.board.RuleSet(), l.board.Rules()
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Evict == nil {
			continue
		}
		p := policy{Policy: said.For(r), rule: r, maxAge: maxAge(set, r)}
		p.stopped, p.why = l.stops(said.Breaker, &p, &summaries[i], troubles)
		l.policies[r.Key()], l.order = p, append(l.order, r.Key())
	}
	open, change := said.Open(l.now)
	l.change = change
	switch {
	case set.Pause.EvictionPaused(l.now):
		l.stopped = plan.Stopped
	case !open:
		l.stopped = plan.OutsideWindow
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
func (l *look) enter(t engine.Trouble) {
	if n := len(l.sources); n == 0 || l.sources[n-1].Node != t.Node {
		l.sources = append(l.sources, plan.Source{Node: t.Node})
	}
	s := &l.sources[len(l.sources)-1]
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

var refusalsOfNodes = map[string]plan.Reason{
	home.Deleted: plan.Draining, home.Leaving: plan.Draining, home.Cordoned: plan.Cordoned, home.NotReady: plan.NotReady,
}

// refusalOf says why nobody's pods are moved off a node. One that the scheduler does not
// know is being removed.
func (l *look) refusalOf(name string) plan.Reason {
	if l.sight == nil {
		return ""
	}
	node, _ := l.sight.Node(name)
	if node == nil {
		return plan.Draining
	}
	return refusalsOfNodes[home.Unfit(node)]
}

// podsOf returns the pods of a node.
func (l *look) podsOf(node string) []*v1.Pod {
	_, pods := l.sight.Node(node)
	return pods
}
