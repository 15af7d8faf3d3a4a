package v1alpha1

import "time"

// InFlightList is the answer to GET /inflight: the pods that telemetry may not see
// whole.
type InFlightList struct {
	Header
	// HorizonSeconds is how long after they began pods are in flight, as far as the metrics
	// that rules and preferences look at may take to show them.
	HorizonSeconds float64 `json:"horizonSeconds"`
	// Items are ordered by node, then namespace and name.
	Items []PodInFlight `json:"items"`
	Page
}

// PodInFlight is one pod that telemetry may not see whole.
type PodInFlight struct {
	// Node is where the pod is, or will be in a moment.
	Node string `json:"node"`
	// Namespace is the pod's.
	Namespace string `json:"namespace"`
	// Name is the pod's.
	Name string `json:"name"`
	// UID is the pod's.
	UID string `json:"uid"`
	// Bound is set once the API server shows the pod on the node.
	Bound bool `json:"bound,omitempty"`
	// Began is when the last of its containers started; absent while one did not.
	Began time.Time `json:"began,omitzero"`
	// Estimate is what the pod is expected to use.
	Estimate Estimate `json:"estimate"`
	// Used is what the pod is measured to use; absent where it never was.
	Used *Amounts `json:"used,omitempty"`
	// Measured is when that was.
	Measured time.Time `json:"measured,omitzero"`
	// Arrived is what the pod counts with, whole, because it came to the node since the
	// board was made; absent where the board has counted it.
	Arrived *Amounts `json:"arrived,omitempty"`
	// Unseen is what the samples do not show of the pod, by metric; those that show all of it
	// are left out. Absent where it arrived since.
	Unseen []Unseen `json:"unseen,omitempty"`
}

// Unseen is what the newest sample of a metric does not show of a pod, or of the pods of a
// node.
type Unseen struct {
	// Metric is its name in rules.
	Metric string `json:"metric"`
	// Unit is the metric's; absent where it has no name.
	Unit string `json:"unit,omitempty"`
	// Adds is what will be added to the value; negative where the metric is what is free.
	Adds float64 `json:"adds"`
}
