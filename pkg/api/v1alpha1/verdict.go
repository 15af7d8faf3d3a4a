package v1alpha1

import "time"

// PodVerdict is the answer to GET /pods/{namespace}/{name} and to POST /pods: what
// telemetry says of a pod.
type PodVerdict struct {
	Header
	// Pod is the pod that is spoken of.
	Pod Pod `json:"pod"`
	// Notes are what the reader should know of the answer.
	Notes []string `json:"notes,omitempty"`
	// Estimate is what the pod is expected to use.
	Estimate Estimate `json:"estimate"`
	// Need is what the pod is judged by: the estimate, or what it requests where the
	// estimate is more than any node may have in use under the governing rules.
	Need Amounts `json:"need"`
	// Governing are the rules that may keep it off nodes.
	Governing []string `json:"governing"`
	// GivingWay are those of governing that give way where no node takes the pod otherwise
	// (whenAllBlocked: ScheduleAnyway).
	GivingWay []string `json:"givingWay,omitempty"`
	// Firm is why the rules in givingWay do not give way to this pod; absent where they do.
	Firm string `json:"firm,omitempty"`
	// LeastViolating is the node where they would give way, if every other plugin takes
	// all nodes that the pod lets itself be sent to; absent where a node takes the pod, or where other rules keep it off all.
	LeastViolating *Violation `json:"leastViolating,omitempty"`
	// Exempt are the rules that do not, by the reason.
	Exempt []Exempt `json:"exempt,omitempty"`
	// Evictable is what rules that move pods say of it, whether they fire on its node or not;
	// absent where it has no node, where there are no such rules, or where that is not known.
	Evictable *Evictable `json:"evictable,omitempty"`
	// Groups count all nodes by what they say, those that take the pod first.
	Groups []Group `json:"groups"`
	// Nodes are those that were asked for, ordered by name.
	Nodes []NodeVerdict `json:"nodes,omitempty"`
	Page
}

// Pod identifies a pod.
type Pod struct {
	// Namespace is the pod's.
	Namespace string `json:"namespace"`
	// Name is the pod's; absent where it was posted without one.
	Name string `json:"name,omitempty"`
	// UID is absent for a pod that was posted.
	UID string `json:"uid,omitempty"`
	// Node is where the pod is already.
	Node string `json:"node,omitempty"`
	// Scheduler is who places it.
	Scheduler string `json:"scheduler"`
	// Priority is the pod's.
	Priority int32 `json:"priority"`
}

// Amounts are quantities of what a pod takes from a node; an absent one is unbounded or
// not asked for.
type Amounts struct {
	// CPU is in cores.
	CPU *float64 `json:"cpu,omitempty"`
	// Memory is in bytes.
	Memory *float64 `json:"memory,omitempty"`
	// Pods counts pods.
	Pods *float64 `json:"pods,omitempty"`
}

// Estimate is what a pod is expected to use once it runs.
type Estimate struct {
	// CPU is in cores.
	CPU EstimatedAmount `json:"cpu"`
	// Memory is in bytes.
	Memory EstimatedAmount `json:"memory"`
	// Complaints say what is wrong with it, as the pod's Events do.
	Complaints []string `json:"complaints,omitempty"`
}

// EstimatedAmount is an amount and where it comes from.
type EstimatedAmount struct {
	// Amount is in the unit of the resource.
	Amount float64 `json:"amount"`
	// From is annotation, siblings (what those are measured to use) or requests.
	From string `json:"from"`
}

// Violation says how a node breaks rules that give way, or would with the pod.
type Violation struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Breaks are the broken rules.
	Breaks []Break `json:"breaks"`
}

// Break is one rule that a node breaks, or would with the pod.
type Break struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// Fires is set where the rule keeps pods off now, whatever they need.
	Fires bool `json:"fires,omitempty"`
	// Says is what was seen, and the line.
	Says string `json:"says"`
}

// Exempt are rules that do not govern the pod for one reason.
type Exempt struct {
	// Because is SystemCritical, StopButton, NoBlock, DryRun, Paused, Namespace,
	// DaemonSet, Priority, PodLabels, NamespaceLabels or Ignored.
	Because string `json:"because"`
	// Says is the same in words.
	Says string `json:"says"`
	// Rules are their names.
	Rules []string `json:"rules"`
}

// Evictable is what rules that move pods say of one pod, by what it is and what made it.
// Whether any of them has a reason to move it, and a home for it, is not asked. A rule that
// does not govern the pod is in neither list.
type Evictable struct {
	// Rules are those that may move it.
	Rules []string `json:"rules,omitempty"`
	// Spared are those that may not, by the reason.
	Spared []Spared `json:"spared,omitempty"`
}

// Spared are rules that spare a pod for one reason.
type Spared struct {
	// Reason is why, such as PersistentVolume.
	Reason string `json:"reason"`
	// Says is the same in words.
	Says string `json:"says"`
	// Rules are their names; absent where no rule governs the pod, and none could move it.
	Rules []string `json:"rules,omitempty"`
}

// Group are nodes that say the same.
type Group struct {
	// Verdict is Takes, Unmeasured (the scheduler takes it for a node that takes the pod,
	// because a rule that governs it knows nothing there and lets it in), Broke (a rule fires
	// there), WouldBreak (it would with the pod) or Unknown (a rule keeps pods off while
	// nothing is known).
	Verdict string `json:"verdict"`
	// Rule is the one that keeps the pod off.
	Rule string `json:"rule,omitempty"`
	// Reason is what the pod's Event says of the nodes.
	Reason string `json:"reason,omitempty"`
	// Unknown are the rules that know nothing of some of the nodes, of those that are
	// Unmeasured.
	Unknown []string `json:"unknown,omitempty"`
	// GivesWay counts those of the nodes that only rules that give way keep the pod off.
	GivesWay int `json:"givesWay,omitempty"`
	// Unfit counts those of the nodes that the pod does not let itself be sent to, by its
	// nodeSelector, node affinity or tolerations. What other plugins say is not known.
	Unfit int `json:"unfit,omitempty"`
	// Silenced counts those of the nodes where a rule that governs the pod is silenced.
	Silenced int `json:"silenced,omitempty"`
	// Nodes counts them and names the first few.
	Nodes Named `json:"nodes"`
}

// NodeVerdict is what one node says to the pod.
type NodeVerdict struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Verdict is as in Group.
	Verdict string `json:"verdict"`
	// Rule is the one that keeps the pod off; of several, the one that the Event names.
	Rule string `json:"rule,omitempty"`
	// Reason is what the pod's Event says of the node.
	Reason string `json:"reason,omitempty"`
	// Unknown are the rules that govern the pod and know nothing of a node that is Unmeasured;
	// headroom is without them.
	Unknown []string `json:"unknown,omitempty"`
	// GivesWay is set where only rules that give way keep the pod off.
	GivesWay bool `json:"givesWay,omitempty"`
	// Unfit is set where the pod does not let itself be sent, by its nodeSelector, node
	// affinity or tolerations.
	Unfit bool `json:"unfit,omitempty"`
	// Silenced are the rules that govern the pod and are silenced on the node.
	Silenced []SilencedRule `json:"silenced,omitempty"`
	// GraceUntil is until when the node counts as new; absent where it does not.
	GraceUntil time.Time `json:"graceUntil,omitzero"`
	// Says is why that rule keeps the pod off, in a sentence with numbers: how it stands on
	// the node, or which line the pod would cross; or why the first of unknown knows nothing.
	Says string `json:"says,omitempty"`
	// Comparisons are the parts of its condition.
	Comparisons []Comparison `json:"comparisons,omitempty"`
	// Unseen is what the samples of the node do not show of the pods that the board has
	// counted, by metric; those that show everything are left out.
	Unseen []Unseen `json:"unseen,omitempty"`
	// Arrived is what came to the node since the board was made, and counts there.
	Arrived *Amounts `json:"arrived,omitempty"`
	// Requested is what the pods there request, where a new node is judged by it; headroom
	// is then without it.
	Requested *Amounts `json:"requested,omitempty"`
	// Headroom is what a pod may need of each, beside all that is in flight, without coming
	// near any rule that governs this one. It is rounded down to thousandths of a core and
	// whole bytes. A negative amount says how far what is measured and in flight is beyond
	// the line already.
	Headroom Amounts `json:"headroom"`
	// Score is what the node is worth, from 0 to 100; absent where no preference and no
	// rule that avoids nodes concerns the pod.
	Score *int64 `json:"score,omitempty"`
	// Preferences are what the score is the weighted mean of; without any it begins with
	// 100.
	Preferences []PreferencePoints `json:"preferences,omitempty"`
	// Avoids are taken off it.
	Avoids []AvoidPoints `json:"avoids,omitempty"`
}

// SilencedRule is a rule that somebody silenced on a node.
type SilencedRule struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// Without is what the rule would say of the pod without the silence, as in Verdict.
	Without string `json:"without"`
	// Says is why it would keep the pod off; absent where it would not.
	Says string `json:"says,omitempty"`
}

// PreferencePoints are what a node is worth to one preference.
type PreferencePoints struct {
	// Preference is its name.
	Preference string `json:"preference"`
	// Weight is relative to the other preferences.
	Weight float64 `json:"weight"`
	// Points are from 0 to 100.
	Points float64 `json:"points"`
}

// AvoidPoints are what a firing rule takes off a node.
type AvoidPoints struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// Points are from 1 to 100.
	Points float64 `json:"points"`
}
