package checks

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
)

var clocks = Check{Name: "clocks", About: "whether the clocks of API server, leader, sources and this machine agree", Look: lookAtClocks}

// offBy is how far clocks may be apart: as far as telemetry of the future is believed, and
// farther than a header of whole seconds and a slow answer explain.
const offBy = 10 * time.Second

func lookAtClocks(ctx context.Context, c *Cluster) ([]Finding, error) {
	before := c.Now()
	server, err := c.ServerTime(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	if off := offOf(before, server, c.Now()); off.Abs() > offBy {
		out = append(out, Finding{
			Severity: Warning, What: fmt.Sprintf("the clock of this machine is %s that of the API server", apart(off)),
			Why:    "ages of samples and leases that are printed here are wrong by as much; the scheduler is not concerned",
			Advice: "set the clock of this machine, with NTP",
		})
	}
	held, err := c.lease(ctx)
	if err != nil {
		return out, err
	}
	if off, known := leaderOff(held); known && off.Abs() > offBy {
		out = append(out, c.leaderClock(*held.Spec.HolderIdentity, off))
	}
	return c.sourceClocks(ctx, out)
}

// offOf is how far a clock is ahead of another one that was read some time between two
// looks at the first.
func offOf(before, read, after time.Time) time.Duration {
	switch {
	case read.Before(before):
		return before.Sub(read)
	case read.After(after):
		return after.Sub(read)
	}
	return 0
}

// leaderOff compares the time that the leader wrote into its lease with the one at which
// the API server took it.
func leaderOff(l *coordinationv1.Lease) (time.Duration, bool) {
	if l == nil || l.Spec.RenewTime == nil || l.Spec.HolderIdentity == nil {
		return 0, false
	}
	for _, field := range l.ManagedFields {
		if field.Time != nil && field.FieldsV1 != nil && bytes.Contains(field.FieldsV1.GetRawBytes(), []byte(`"f:renewTime"`)) {
			return l.Spec.RenewTime.Sub(field.Time.Time), true
		}
	}
	return 0, false
}

func (c *Cluster) leaderClock(holder string, off time.Duration) Finding {
	return Finding{
		Severity: Error, Object: c.leaseName(),
		What:   fmt.Sprintf("the clock of the leader, %s, is %s that of the API server", holder, apart(off)),
		Why:    "samples seem older or younger than they are: nodes are unknown, or judged by what is long over",
		Advice: "set the clock of the machine that it runs on, with NTP",
		Look:   c.command("get pods -n %s -o wide", c.Settings.Namespace),
	}
}

// sourceClocks adds what sources say of their clocks.
func (c *Cluster) sourceClocks(ctx context.Context, out []Finding) ([]Finding, error) {
	notes := map[string][]string{}
	if measured, err := c.Measured(ctx); err == nil && measured != nil {
		notes[c.Settings.Builtin] = measured.Notes
	}
	// What cannot be asked is told by the check of the sources.
	if asked, err := c.Asked(ctx); err == nil {
		for _, live := range asked.Live {
			notes[live.Source] = append(notes[live.Source], live.Notes...)
		}
	}
	for _, source := range c.Settings.Sources {
		said := notes[source.Name]
		slices.Sort(said)
		for _, note := range slices.Compact(said) {
			out = append(out, Finding{
				Severity: Warning, What: fmt.Sprintf("the source %s: %s", source.Name, note),
				Why:    "ages are taken in the clock of the source, but what else compares its times with others is wrong by as much",
				Advice: "set its clock, with NTP",
			})
		}
	}
	return out, nil
}

// apart writes a difference of clocks.
func apart(off time.Duration) string {
	if off < 0 {
		return fmt.Sprintf("%v behind", (-off).Round(time.Second))
	}
	return fmt.Sprintf("%v ahead of", off.Round(time.Second))
}
