package ground

import (
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// stops says what holds all moves of a rule, and with which numbers; empty where nothing
// does.
func (g *Ground) stops(b args.Breaker, p *Policy, s *engine.RuleSummary, troubles []engine.Trouble) (plan.Reason, string) {
	crowd, since := crowdOf(p, g.Now, troubles)
	switch {
	case b.Trips(crowd, 0, s.Nodes):
		return plan.Breaker, fmt.Sprintf("%d of %d nodes began to fire at once, at %s UTC; it holds until the rule has been firing there for %s", crowd, s.Nodes, since.UTC().Format(time.TimeOnly), p.suspicion())
	case b.Trips(0, s.Unknown, s.Nodes):
		return plan.Breaker, fmt.Sprintf("nothing is known of %d of %d nodes", s.Unknown, s.Nodes)
	}
	if few := g.Board.FewHomes(s.Key); few != "" {
		return plan.FewHomes, few
	}
	return "", ""
}

// suspicion is for how long a crowd that began to fire at once holds its rule: twice as
// long as one node has to fire before it is relieved. A source that goes wrong is seen by
// then, and whoever makes a rule for nodes that are hot already does not wait for ever.
func (p *Policy) suspicion() time.Duration { return 2 * p.After }

// crowdOf returns how many nodes began to fire with one Board, of the greatest crowd that
// is still held against the rule. The Board tells for each pair since when it fires, so
// that a Board which nobody looked at, or a restart, hides no crowd. What was found firing
// at a start began at some other time.
func crowdOf(p *Policy, now time.Time, troubles []engine.Trouble) (most int, since time.Time) {
	crowds := map[int64]int{}
	for i := range troubles {
		t := &troubles[i]
		if t.Rule != p.Rule.Key() || t.Assumed || now.Sub(t.Since) > p.suspicion() {
			continue
		}
		at := t.Since.UnixNano()
		if crowds[at]++; crowds[at] > most {
			most, since = crowds[at], t.Since
		}
	}
	return most, since
}
