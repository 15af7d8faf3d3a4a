package descheduler

import (
	"cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// input is all that the plan of a round depends on, but for pods and who proves homes.
func (d *Descheduler) input(l *look) plan.In {
	in := l.In(d.opts.Eviction)
	in.Stopped = cmp.Or(in.Stopped, d.refused.paused(l.Now))
	in.Real, in.Dry = d.memory.Past(l.Now, false), d.memory.Past(l.Now, true)
	in.Disruptions = d.opts.Cluster.Disruptions()
	return in
}
