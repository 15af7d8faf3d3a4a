package descheduler

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// outdated says why a move that was decided is no longer wanted, by the newest Board.
func (d *Descheduler) outdated(now time.Time, m *made) plan.Reason {
	board := d.newest.Load()
	if board.RuleSet().Pause.EvictionPaused(now) {
		return plan.Stopped
	}
	if open, _ := d.opts.Eviction.Open(now); !open {
		return plan.OutsideWindow
	}
	reason := plan.Gone
	for t := range board.Troubles() {
		if t.Node != m.act.Node || !slices.Contains(m.act.Rules, t.Rule) {
			continue
		}
		if reason = changed(t); reason == "" {
			return ""
		}
	}
	return reason
}

// changed says why a trouble is no longer a ground for a move.
func changed(t engine.Trouble) plan.Reason {
	switch {
	case t.Truth == engine.Unknown:
		return plan.Unknown
	case t.Truth != engine.True:
		return plan.Recovering
	case t.Paused:
		return plan.Paused
	case t.Silenced:
		return plan.Silenced
	case t.DryRun:
		return plan.DryRun
	}
	return ""
}
