package evaluator

import (
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// force is what a rule does where it fires, for people: a rule that keeps nobody off
// is not to be told like one that does. The zero value keeps pods off.
type force struct {
	// idle is set for a rule that does nothing at all.
	idle bool
	// words say what is different from keeping pods off; empty where nothing is.
	words string
}

// forceOf returns what a rule does; nil stands for one that is gone. paused says that
// the stop button is pressed.
func forceOf(r *rules.Rule, paused bool) force {
	switch {
	case r == nil:
		return force{}
	case r.DryRun:
		return force{idle: true, words: "dry run"}
	case r.Paused || paused:
		return force{idle: true, words: "paused"}
	case r.Block == nil && r.Avoid != nil:
		return force{words: fmt.Sprintf("takes %d points off", r.Avoid.Points)}
	case r.Block == nil && r.Evict == nil && (r.Label != nil || r.Taint != nil):
		return force{words: "marks nodes"}
	}
	return force{}
}

// of returns the name of a rule with what is different about it.
func (f force) of(rule rules.Key) string {
	if f.words == "" {
		return rule.String()
	}
	return fmt.Sprintf("%s (%s)", rule, f.words)
}

// action tells the two apart for the events API, which else merges what a rule did as
// a dry run with what it does in earnest.
func (f force) action() string {
	if f.idle {
		return actionObserve
	}
	return actionEvaluate
}
