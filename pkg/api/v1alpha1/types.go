// Package v1alpha1 holds the answers of the read-only API as Go types; schema.json has
// them as a JSON Schema.
//
// Within v1alpha1 fields may be added, so that readers must not mind fields that they
// do not know. What is left out is zero, unless its comment says more. Times are UTC,
// ages and durations are in seconds, amounts in cores, bytes and pods.
package v1alpha1

import "time"

// APIVersion is that of every answer.
const APIVersion = "telemetry-scheduler.io/v1alpha1"

// Prefix begins every path. It is under /apis for a reason not: Kubernetes' own role
// system:discovery lets every account get what is there.
const Prefix = "/telemetry-scheduler/v1alpha1"

// Header begins every answer.
type Header struct {
	// APIVersion is telemetry-scheduler.io/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind names the type of the answer.
	Kind string `json:"kind"`
	// Board is the evaluation that the answer speaks of.
	Board Board `json:"board"`
}

// Board identifies one evaluation of all rules on all nodes.
type Board struct {
	// Version grows with each evaluation of one process.
	Version uint64 `json:"version"`
	// At is the time of the evaluation.
	At time.Time `json:"at"`
	// Nodes counts the nodes that were judged.
	Nodes int `json:"nodes"`
	// InGrace counts those of them that are younger than newNodeGrace: there what was never
	// measured is judged by requests, and not missed.
	InGrace int `json:"inGrace,omitempty"`
}

// Page ends answers that come in parts.
type Page struct {
	// Continue is the value of the parameter continue that asks for the next part; empty
	// in the last one.
	Continue string `json:"continue,omitempty"`
}

// Origin is where something is defined.
type Origin struct {
	// File is namespace/name/key of a ConfigMap.
	File string `json:"file"`
	// Line counts from 1.
	Line int `json:"line"`
	// Column counts from 1.
	Column int `json:"column"`
}

// Mistake is one thing that is wrong, or odd, in a text.
type Mistake struct {
	// File is namespace/name/key, or namespace/name where the whole ConfigMap is meant.
	File string `json:"file"`
	// Line counts from 1; 0 where there is no text to point at.
	Line int `json:"line,omitempty"`
	// Column counts from 1; 0 where there is no text to point at.
	Column int `json:"column,omitempty"`
	// Field is the path of the field, such as rules[0].when.above.
	Field string `json:"field,omitempty"`
	// Message says what is wrong.
	Message string `json:"message"`
	// Mend says how to put it right.
	Mend string `json:"mend,omitempty"`
	// Warning marks what is odd but in force.
	Warning bool `json:"warning,omitempty"`
}
