package descheduler

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// input is all that the plan of a round depends on.
func (d *Descheduler) input(l *look, s *seeker) plan.In {
	in := plan.In{
		Now: l.now, Stopped: l.stopped, DryRun: d.opts.Eviction.DryRun, Rules: map[rules.Key]plan.Policy{}, Nodes: l.sources,
		Concurrent: plan.AtOnce(d.opts.Eviction.Concurrent), Real: d.memory.Past(l.now, false), Dry: d.memory.Past(l.now, true),
		Disruptions: s.cluster.Disruptions(), Prove: s.prove,
	}
	for key, p := range l.policies {
		in.Rules[key] = p.plan()
	}
	return in
}

func (p *policy) plan() plan.Policy {
	return plan.Policy{
		Vacate: p.Goal == rules.Vacate, After: p.After, MaxAge: p.maxAge, Cooldown: p.Cooldown, DryRun: p.DryRun,
		Limits: plan.PerHour(p.PerHour), Stopped: p.stopped,
	}
}
