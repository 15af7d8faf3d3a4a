package v1alpha1

import "time"

// WaitingList is the answer to GET /waiting: the pods that have no node, because telemetry
// kept them off at least one.
type WaitingList struct {
	Header
	// Rules count all pods that were asked for by the rule that they name, not those of this
	// part alone; the rule of most pods comes first.
	Rules []WaitedFor `json:"rules"`
	// Items are ordered by namespace, then name.
	Items []WaitingPod `json:"items"`
	Page
}

// WaitedFor counts the pods that name one rule.
type WaitedFor struct {
	// Rule is its name, with the namespace where it is one of a namespace.
	Rule string `json:"rule"`
	// Pods is their number.
	Pods int `json:"pods"`
	// Since is when the first of them began to wait.
	Since time.Time `json:"since"`
}

// WaitingPod is one pod that waits because of telemetry.
type WaitingPod struct {
	// Namespace is the pod's.
	Namespace string `json:"namespace"`
	// Name is the pod's.
	Name string `json:"name"`
	// UID is the pod's.
	UID string `json:"uid"`
	// Scheduler is who places it.
	Scheduler string `json:"scheduler"`
	// Priority is the pod's.
	Priority int32 `json:"priority"`
	// Rule is what kept the pod off a node in the newest attempt in which telemetry did. The
	// first node that was asked stands for all: others may name other rules, and GET /pods has
	// them.
	Rule string `json:"rule"`
	// Verdict says how: Broke, WouldBreak or Unknown.
	Verdict string `json:"verdict"`
	// Reason is what the pod's Event FailedScheduling says of it.
	Reason string `json:"reason"`
	// Since is when telemetry kept the pod off for the first time since this replica leads.
	Since time.Time `json:"since"`
	// Refused is when it did for the last time. A pod that was tried later waits for something
	// else too.
	Refused time.Time `json:"refused"`
	// Attempts counts those in which it did, since then.
	Attempts int `json:"attempts"`
}
