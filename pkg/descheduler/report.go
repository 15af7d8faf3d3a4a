package descheduler

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"

// What a round tells; see the package report.
type (
	Report = report.Report
	Rule   = report.Rule
	Pair   = report.Pair
)

// missing says why nothing was planned at all; empty where that was done.
func (l *look) missing() string {
	if l.waits == "" {
		return ""
	}
	return l.waits.Sentence()
}

// publish makes the Report of a round.
func (d *Descheduler) publish(l *look) {
	r := &Report{
		At: l.Now, Stopped: l.Stopped, Waits: l.missing(), Pairs: l.told, Nodes: l.plan.Nodes,
		Evictions: d.memory.Records(), Counts: d.memory.Counts(), Moving: d.memory.Moving(),
		Judge: d.judge(l),
	}
	for _, key := range l.Order {
		p := l.Policies[key]
		r.Rules = append(r.Rules, Rule{Key: key, DryRun: p.DryRun, Stopped: p.Stopped, Why: p.Why})
	}
	expect(r.Rules)
	d.report.Store(r)
}
