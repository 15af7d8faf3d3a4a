package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// In is all that a plan depends on.
type In struct {
	Now time.Time
	// Stopped holds every plan (Stopped, OutsideWindow); DryRun is the operator's mode.
	Stopped Reason
	DryRun  bool
	// Rules are the rules with evict that are in force.
	Rules map[rules.Key]Policy
	Nodes []Source
	// Concurrent bounds the moves under way.
	Concurrent AtOnce
	// Real is what is remembered of evictions, and Dry what dry runs remember beside it.
	Real, Dry Past
	// Disruptions is how many more pods each PodDisruptionBudget lets go now.
	Disruptions map[string]int32
	// Prove finds a node that can take the pod while the assumed moves are done, or
	// says why there is none. It must answer the same for the same arguments, and count
	// on nothing that assumed moves free: they may come later, or not at all. Unreached says
	// that no more can be proved in this plan.
	Prove func(victim *Pod, assumed []Move) (Home, Reason)
	// Proofs bounds the calls of Prove, and ProofsPerNode those for one node that find no
	// home, and the moves that are planned there; 0 takes the default. Nodes that a plan
	// does not reach come first in the next.
	Proofs, ProofsPerNode int
}

// Defaults of In: a proof takes some milliseconds in a large cluster.
const (
	DefaultProofs        = 256
	DefaultProofsPerNode = 32
)

// AtOnce bounds the moves under way, on one node and together.
type AtOnce struct{ Node, Total int32 }

// PerHour are limits of evictions an hour. A limit of 0 allows none.
type PerHour struct{ Node, Owner, Namespace, Total int32 }

// Policy is what a rule says of evictions, tightened by the operator's arguments.
type Policy struct {
	Vacate bool
	// After is how long the rule must have been firing, and MaxAge the age of a sample
	// beyond which it is no ground for a move.
	After, MaxAge time.Duration
	// Cooldown is how long an owner rests after a move.
	Cooldown time.Duration
	DryRun   bool
	Limits   PerHour
	// Stopped holds the rule (Breaker, FewHomes).
	Stopped Reason
}

// Source is a node on which rules fire, and its pods.
type Source struct {
	Node string
	// Refusal says why nobody's pods are moved from here (Cordoned, NotReady, Draining).
	Refusal  Reason
	Troubles []Trouble
	Pods     []Pod
}

// Trouble is a rule with evict that is firing on a node.
type Trouble struct {
	Rule  rules.Key
	Phase engine.Phase
	// Since is when the rule began to fire.
	Since time.Time
	// Assumed is set where that was found so at a start without stored state.
	Assumed, Silenced, Paused, DryRun bool
	// Truth is that of the newest look, and Surely counts the newest distinct samples
	// in a row that are themselves beyond the threshold, up to SureAfter.
	Truth  engine.Truth
	Surely int
	// Newest is the time of the newest sample.
	Newest time.Time
	// Sentence has value and threshold, for people.
	Sentence string
	// Relief has alternatives, each of which ends the rule.
	Relief []Relief
}

// SureAfter is how many distinct samples in a row must be beyond the threshold.
const SureAfter = 3

// Relief ends a rule when all of its parts are reached.
type Relief struct{ Parts []Part }

// reached reports whether nothing has to leave, or what is no number.
func (r Relief) reached() bool {
	return !slices.ContainsFunc(r.Parts, func(p Part) bool { return p.Excess > 0 })
}

// Part is how much must leave for one comparison to be under its clear level.
type Part struct {
	Metric           string
	Value, Threshold float64
	Clear            float64
	Unit             rules.Unit
	// Resource is what must leave.
	Resource rules.Resource
	// Excess is how much of it: cores, bytes, pods, or the metric's unit. A part without
	// any is reached.
	Excess float64
}

// Pod is a pod of a source.
type Pod struct {
	UID, Namespace, Name string
	// Node is the source.
	Node string
	// Owner names the top owner, uniquely.
	Owner, OwnerKind, OwnerName string
	// OwnerRead is set where that is of a kind whose replicas can be read.
	OwnerRead bool
	// Shape is equal for pods whose replacements are placed alike; empty: it is unlike
	// any other.
	Shape string
	// Budget names the PodDisruptionBudget that covers the pod, the first by name; empty:
	// none. Budgets has all where that is more than one, and Refusal is BudgetConflict.
	Budget   string
	Budgets  []string
	Priority int32
	// Use counts where Measured is set.
	Use      engine.Amounts
	Measured bool
	// DeletionCost is that of the annotation, and PrefersToStay is prefer-no-eviction.
	DeletionCost  int32
	PrefersToStay bool
	// Refusal says why the pod may not leave, whatever rules say.
	Refusal Reason
	// Homeless is why it has no home, where that was found a moment ago and is not to be
	// asked again.
	Homeless Reason
	// Governed has the rules that govern the pod, each with why it may not move it;
	// empty where it may.
	Governed map[rules.Key]Reason
}

// Key returns namespace/name.
func (p *Pod) Key() string { return p.Namespace + "/" + p.Name }

// BudgetsBehind names the PodDisruptionBudgets that a reason is about, with commas; empty
// where it is about none, or they are not known.
func (p *Pod) BudgetsBehind(r Reason) string {
	switch r {
	case BudgetBlocked, BackingOff:
		return p.Budget
	case BudgetConflict:
		return strings.Join(p.Budgets, ", ")
	}
	return ""
}

// Because says the reason about this pod to people.
func (p *Pod) Because(r Reason) string {
	if names := p.BudgetsBehind(r); names != "" {
		return r.Sentence() + " (" + names + ")"
	}
	return r.Sentence()
}
