package args

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Eviction is what the operator says of moving pods. Rules can only tighten it; see For.
type Eviction struct {
	// DryRun plans, counts and tells, and moves nothing.
	DryRun     bool
	PerHour    rules.PerHour
	Concurrent Concurrent
	// Cooldown is how long the owner of a pod rests after it was moved, MinPodAge the
	// least age of a pod, and MinReplicas the least number of its owner's.
	Cooldown, MinPodAge time.Duration
	MinReplicas         int32
	// HoldFor is how long room is held for the replacement of a pod.
	HoldFor time.Duration
	// Allow are the kinds of pods that rules may move beside plain ones; see
	// rules.Allowances.
	Allow []string
	// Windows are when pods may be moved; see Open.
	Windows []Window
	Breaker Breaker
	// ProtectedNamespaces are those of which no pod is moved.
	ProtectedNamespaces []string
}

// Concurrent bounds how many moves are under way at once: from one node, and in all.
type Concurrent struct{ Node, Total int32 }

// Breaker says when everything looks broken, so that no pod is moved by a rule: when
// AtLeast of its nodes, and so many percent of them, begin to fire at once, or are
// Unknown.
type Breaker struct {
	FiringPercent, UnknownPercent float64
	AtLeast                       int32
}

// Trips reports whether that many of a rule's nodes are too many: firing began to fire
// with one Board, and of unknown nothing is known.
func (b Breaker) Trips(firing, unknown, nodes int) bool {
	return b.isMany(firing, nodes, b.FiringPercent) || b.isMany(unknown, nodes, b.UnknownPercent)
}

func (b Breaker) isMany(count, nodes int, percent float64) bool {
	return count > 0 && count >= int(b.AtLeast) && float64(count)*100 >= percent*float64(nodes)
}

// Policy is what holds for the moves of one rule.
type Policy struct {
	// Goal and After are the rule's own.
	Goal  rules.Goal
	After time.Duration
	// DryRun is set where the operator, the rule or its evictions want nothing moved.
	DryRun bool
	// PerHour bounds the moves of any hour: the operator's limits count the moves by all
	// rules, and those of the rule that are less its own.
	PerHour             rules.PerHour
	Concurrent          Concurrent
	Cooldown, MinPodAge time.Duration
	MinReplicas         int32
	HoldFor             time.Duration
	// Allow are the kinds of pods that both allow.
	Allow []string
}

// For returns what holds for a rule that evicts. The rule tightens what the operator
// says, and loosens nothing.
func (e *Eviction) For(r *rules.Rule) Policy {
	return Policy{
		Goal: r.Evict.Goal, After: r.Evict.After,
		DryRun: e.DryRun || r.DryRun || r.Evict.DryRun,
		PerHour: rules.PerHour{
			Node: tighter(e.PerHour.Node, r.Evict.PerHour.Node), Owner: tighter(e.PerHour.Owner, r.Evict.PerHour.Owner),
			Namespace: tighter(e.PerHour.Namespace, r.Evict.PerHour.Namespace), Total: tighter(e.PerHour.Total, r.Evict.PerHour.Total),
		},
		Concurrent: e.Concurrent,
		Cooldown:   raised(e.Cooldown, r.Evict.Cooldown), MinPodAge: raised(e.MinPodAge, r.Evict.MinPodAge),
		MinReplicas: raised(e.MinReplicas, r.Evict.MinReplicas),
		HoldFor:     e.HoldFor, Allow: both(e.Allow, r.Evict.Allow),
	}
}

// tighter takes the lower limit; a rule's 0 is none, and the operator's allows nothing.
func tighter(operator, rule int32) int32 {
	if rule == 0 {
		return operator
	}
	return min(operator, rule)
}

func raised[T int32 | time.Duration](operator T, rule *T) T {
	if rule == nil {
		return operator
	}
	return max(operator, *rule)
}

func both(operator, rule []string) (out []string) {
	for _, kind := range rule {
		if slices.Contains(operator, kind) {
			out = append(out, kind)
		}
	}
	return out
}
