package v1alpha1

import "time"

// EvictionList is the answer to GET /evictions: what the rules that move pods did, and why
// they did nothing.
type EvictionList struct {
	Header
	// At is when nodes were last looked at for it; absent where that was not done since this
	// replica leads, and then everything else but mode, window, pause and rules is absent too.
	At time.Time `json:"at,omitzero"`
	// Mode is the operator's: DryRun, where nothing is moved whatever rules say, or Enforce.
	Mode string `json:"mode"`
	// Window is that of the operator's windows.
	Window EvictionWindow `json:"window"`
	// Pause is what the stop button says.
	Pause Pause `json:"pause"`
	// Stopped is what holds all moves: Stopped (the stop button), OutsideWindow, or Forgotten
	// (what was moved before could not be read).
	Stopped string `json:"stopped,omitempty"`
	// Waits is why nothing was planned at all.
	Waits string `json:"waits,omitempty"`
	// Rules are those that move pods, as far as they were asked for.
	Rules []EvictionRule `json:"rules"`
	// Moving are the moves under way, the oldest first.
	Moving []Eviction `json:"moving,omitempty"`
	// Counts are those of the last 24 hours, the greatest first; an hour in which a reason
	// stays the same counts once a node.
	Counts []EvictionCount `json:"counts,omitempty"`
	// Last are the last evictions, done or dry, the newest first: at most 200, all in the
	// first part of an answer.
	Last []Eviction `json:"last,omitempty"`
	// Pods are what the newest plan says of pods, on the nodes of items: only where nodes
	// were asked for by name. A pod that is not there may leave, and others were chosen; or
	// it is governed by no rule that fires there.
	Pods []PlannedPod `json:"pods,omitempty"`
	// Items are the nodes on which rules that move pods fire, ordered by node, then rule.
	Items []Decision `json:"items"`
	Page
}

// EvictionWindow is whether the operator's windows let pods be moved now.
type EvictionWindow struct {
	// Open is set while they do; without windows always.
	Open bool `json:"open"`
	// Changes is when that changes; absent where it does not.
	Changes time.Time `json:"changes,omitzero"`
}

// EvictionRule is a rule that moves pods.
type EvictionRule struct {
	// Rule is name, or namespace/name.
	Rule string `json:"rule"`
	// Goal is Relieve or Vacate.
	Goal string `json:"goal"`
	// Mode is Enforce, or DryRun where operator, rule or its evict want nothing moved.
	Mode string `json:"mode"`
	// Stopped is what holds all of its moves: Breaker (too many of its nodes fire at once or
	// are unknown) or FewHomes.
	Stopped string `json:"stopped,omitempty"`
	// Why says that with numbers.
	Why string `json:"why,omitempty"`
}

// Decision is what came of a rule that moves pods on a node on which it fires.
type Decision struct {
	// Rule is name, or namespace/name.
	Rule string `json:"rule"`
	// Node is the node's name.
	Node string `json:"node"`
	// Reason is why nothing is moved, or Evicted.
	Reason string `json:"reason,omitempty"`
	// Says is what was seen, and what was done or why nothing was, in a sentence with numbers.
	Says string `json:"says"`
	// Since is when the reason became this one.
	Since time.Time `json:"since,omitzero"`
	// FiringSince is when the rule began to fire there.
	FiringSince time.Time `json:"firingSince,omitzero"`
}

// Eviction is a pod that was evicted, or that would have been if it were no dry run.
type Eviction struct {
	// At is when it was decided.
	At time.Time `json:"at"`
	// DryRun is set where nothing was done.
	DryRun bool `json:"dryRun,omitempty"`
	// Rules are those that asked for it.
	Rules []string `json:"rules,omitempty"`
	// Says has value and threshold of each of the rules, as they were then.
	Says []string `json:"says,omitempty"`
	// SampleAgeSeconds is how old the newest sample was then.
	SampleAgeSeconds float64 `json:"sampleAgeSeconds,omitempty"`
	// Namespace is the pod's; absent where only its UID is remembered.
	Namespace string `json:"namespace,omitempty"`
	// Name is the pod's.
	Name string `json:"name,omitempty"`
	// UID is the pod's.
	UID string `json:"uid"`
	// OwnerKind is the kind of its top owner, such as Deployment.
	OwnerKind string `json:"ownerKind,omitempty"`
	// OwnerName is the name of that.
	OwnerName string `json:"ownerName,omitempty"`
	// From is the node that it left.
	From string `json:"from"`
	// Home is the node that was proved to take its replacement.
	Home string `json:"home,omitempty"`
	// Landed is the node that took it; absent until one did.
	Landed string `json:"landed,omitempty"`
	// Resource is what the node was to be relieved of: cpu in cores, memory in bytes, or
	// pods; absent where nothing is measured of it.
	Resource string `json:"resource,omitempty"`
	// Predicted is of how much.
	Predicted *float64 `json:"predicted,omitempty"`
	// Observed is of how much it was, by the samples from after the move; absent until then.
	Observed *float64 `json:"observed,omitempty"`
	// Left is when the pod was gone.
	Left time.Time `json:"left,omitzero"`
	// Bound is when its replacement had a node.
	Bound time.Time `json:"bound,omitzero"`
	// Ended is when the outcome was known.
	Ended time.Time `json:"ended,omitzero"`
	// Step is where the move stands until then: Acting, WaitingForGone,
	// WaitingForReplacement or Verifying.
	Step string `json:"step,omitempty"`
	// Outcome is Relieved, NotRelieved, LandedBack, StayedPending, Unseen, NotMade or DryRun.
	Outcome string `json:"outcome,omitempty"`
	// Why says of a move that was not made what came between, in words.
	Why string `json:"why,omitempty"`
}

// EvictionCount counts what came of a rule.
type EvictionCount struct {
	// Rule is name, or namespace/name; absent where there were more than are counted apart.
	Rule string `json:"rule,omitempty"`
	// Reason is why nothing was moved; Evicted, or DryRun for what was only planned.
	Reason string `json:"reason"`
	// Says is that in words.
	Says string `json:"says"`
	// Count is how often.
	Count int `json:"count"`
}

// PlannedPod is what the newest plan says of a pod.
type PlannedPod struct {
	// Node is where it is.
	Node string `json:"node"`
	// Namespace is the pod's.
	Namespace string `json:"namespace"`
	// Name is the pod's.
	Name string `json:"name"`
	// UID is the pod's.
	UID string `json:"uid"`
	// Home is the node that was proved to take its replacement, where the plan has it leave.
	Home string `json:"home,omitempty"`
	// Rules are those that it is to leave for.
	Rules []string `json:"rules,omitempty"`
	// Reason is why it does not leave now; absent where it does.
	Reason string `json:"reason,omitempty"`
	// Says is that in words.
	Says string `json:"says,omitempty"`
}

// NodeEviction is what came of a rule that moves pods on one node; see Decision.
type NodeEviction struct {
	// Reason is why nothing is moved, or Evicted.
	Reason string `json:"reason,omitempty"`
	// Says is what was seen, and what was done or why nothing was, in a sentence with numbers.
	Says string `json:"says"`
}

// Evict moves pods away from nodes where the rule goes on firing.
type Evict struct {
	// Goal is Relieve or Vacate.
	Goal string `json:"goal"`
	// Mode is Enforce, or DryRun where operator, rule or evict want nothing moved.
	Mode string `json:"mode"`
	// AfterSeconds is how long the rule has to fire first.
	AfterSeconds float64 `json:"afterSeconds"`
}
