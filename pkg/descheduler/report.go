package descheduler

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Report is what the newest round found, and what is remembered. It is immutable.
type Report struct {
	// At is when the round began.
	At time.Time
	// DryRun is the operator's mode.
	DryRun bool
	// Stopped says what holds all moves (Stopped, OutsideWindow); empty where nothing does.
	Stopped plan.Reason
	// Change is when the operator's windows open or close next; zero where they do not.
	Change time.Time
	// Waits says why nothing was planned at all, for people; empty where that was done.
	Waits string
	// Rules are those with evict that are in force, in their order.
	Rules []Rule
	// Pairs are the rules with evict and the nodes on which they fire, by node in the order
	// of the plan, and then by rule.
	Pairs []Pair
	// Evictions are the last ones, done or dry, the newest first.
	Evictions []memory.Record
	// Counts are those of the last 24 hours, the newest hour first.
	Counts []memory.Count
	// Moving are the moves under way, the oldest first.
	Moving []memory.Moving
}

// Rule is a rule with evict.
type Rule struct {
	Key rules.Key
	// DryRun is set where operator or rule want nothing moved.
	DryRun bool
	// Stopped is Breaker or FewHomes, and Why says it with numbers; empty where neither
	// holds the rule.
	Stopped plan.Reason
	Why     string
}

// Pair is a rule with evict and a node on which it fires.
type Pair struct {
	Rule rules.Key
	Node string
	// Reason says why nothing was done; Evicted where something was.
	Reason plan.Reason
	// Sentence says with numbers what was seen, and what was done or why nothing was.
	Sentence string
	// Since is when the reason became this one, and Firing when the rule began to fire.
	Since, Firing time.Time
}

// publish makes the Report of a round.
func (d *Descheduler) publish(l *look) {
	r := &Report{
		At: l.now, DryRun: d.opts.Eviction.DryRun, Stopped: l.stopped, Change: l.change, Waits: l.waits, Pairs: l.told,
		Evictions: d.memory.Records(), Counts: d.memory.Counts(), Moving: d.memory.Moving(),
	}
	for _, key := range l.order {
		p := l.policies[key]
		r.Rules = append(r.Rules, Rule{Key: key, DryRun: p.DryRun, Stopped: p.stopped, Why: p.why})
	}
	d.report.Store(r)
}
