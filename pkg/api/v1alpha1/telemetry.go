package v1alpha1

import "time"

// PhaseList is the answer to GET /phases: how rules stand on nodes.
type PhaseList struct {
	Header
	// Items are ordered by rule, then node.
	Items []Phase `json:"items"`
	Page
}

// Phase is how one rule stands on one node.
type Phase struct {
	// Rule is name, or namespace/name.
	Rule string `json:"rule"`
	// Node is the node's name.
	Node string `json:"node"`
	// Phase is inactive, pending, firing or keeping.
	Phase string `json:"phase"`
	// Since is when the phase began; absent if it always was so.
	Since time.Time `json:"since,omitzero"`
	// TrueSince is the time of the first sample of the run that a pending or firing rule
	// rests on.
	TrueSince time.Time `json:"trueSince,omitzero"`
	// LastSample is the time of the newest sample that the condition was judged by.
	LastSample time.Time `json:"lastSample,omitzero"`
	// Truth is what the condition is now: True, False or Unknown.
	Truth string `json:"truth"`
	// Blocks is set while the rule keeps the pods that it governs off the node, or would
	// if it were no dry run.
	Blocks bool `json:"blocks,omitempty"`
	// Silenced is set while a silence makes the rule do nothing there.
	Silenced bool `json:"silenced,omitempty"`
	// GraceUntil is until when the node counts as new; absent where it does not.
	GraceUntil time.Time `json:"graceUntil,omitzero"`
	// Says is all of it in a sentence, with the numbers.
	Says string `json:"says"`
	// Comparisons are the parts of the condition.
	Comparisons []Comparison `json:"comparisons"`
}

// Comparison is one comparison of a condition on one node.
type Comparison struct {
	// Condition is the comparison as it was written, such as memory > 90%.
	Condition string `json:"condition"`
	// Metric is what it looks at.
	Metric string `json:"metric"`
	// Unit is that of value, threshold and clear; absent where it has no name.
	Unit string `json:"unit,omitempty"`
	// Value is the newest sample; absent if there never was one.
	Value *float64 `json:"value,omitempty"`
	// Time is when it was measured.
	Time time.Time `json:"time,omitzero"`
	// AgeSeconds is how old it is; absent where value is.
	AgeSeconds *float64 `json:"ageSeconds,omitempty"`
	// Threshold is the line.
	Threshold float64 `json:"threshold"`
	// Clear is where the comparison ends to be true; absent where that is the line.
	Clear *float64 `json:"clear,omitempty"`
	// Truth is True, False or Unknown, as the value is now.
	Truth string `json:"truth"`
	// Says is what was seen, or why nothing was.
	Says string `json:"says"`
	// WithPod is what the pod makes of it; absent in answers that are of no pod, where pods
	// do not move the metric towards the line, and where nothing is known.
	WithPod *WithPod `json:"withPod,omitempty"`
}

// WithPod is what one more pod makes of a comparison, in its unit: value is the measured
// value, or requested, with inFlight and pod, which come off where the metric is what is
// free.
type WithPod struct {
	// Value is what the metric would be.
	Value float64 `json:"value"`
	// Requested stands for the measured value of a new node that was never measured: what
	// its pods request, or what that leaves where the metric is what is free.
	Requested *float64 `json:"requested,omitempty"`
	// InFlight is what the measured value does not show yet: unseen and arrived.
	InFlight float64 `json:"inFlight"`
	// Pod is what the pod takes.
	Pod float64 `json:"pod"`
	// Left is what a pod may take without making the comparison true; negative where what is
	// in flight is beyond the threshold already.
	Left float64 `json:"left"`
	// Truth is True where value is beyond the threshold, else False.
	Truth string `json:"truth"`
}

// ValueList is the answer to GET /values: the metrics of nodes that rules and
// preferences look at.
type ValueList struct {
	Header
	// Items are ordered by metric, then node.
	Items []Value `json:"items"`
	Page
}

// Value is what is known of one metric on one node.
type Value struct {
	// Metric is its name in rules.
	Metric string `json:"metric"`
	// Node is the node's name.
	Node string `json:"node"`
	// Value is the newest sample; absent if there never was one.
	Value *float64 `json:"value,omitempty"`
	// Unit is that of the value; absent where it has no name.
	Unit string `json:"unit,omitempty"`
	// Source is the telemetry source; absent for pods, which the scheduler counts itself.
	Source string `json:"source,omitempty"`
	// Time is when the value was measured.
	Time time.Time `json:"time,omitzero"`
	// AgeSeconds is how old it is; absent where value is.
	AgeSeconds *float64 `json:"ageSeconds,omitempty"`
	// MaxAgeSeconds is the age beyond which it does not count.
	MaxAgeSeconds float64 `json:"maxAgeSeconds"`
	// WindowSeconds is the time that it averages over; absent for an instant.
	WindowSeconds float64 `json:"windowSeconds,omitempty"`
	// Unknown says why the value does not count; absent where it does.
	Unknown string `json:"unknown,omitempty"`
	// GraceUntil is until when the node counts as new; absent where it does not.
	GraceUntil time.Time `json:"graceUntil,omitzero"`
	// InFlight is what counts beside the value; absent where pods make no difference to
	// the metric.
	InFlight *ValueInFlight `json:"inFlight,omitempty"`
}

// ValueInFlight is what pods add to a value that it does not show, in its unit; negative
// where the metric is what is free.
type ValueInFlight struct {
	// Unseen is of pods that the board has counted, as far as the sample does not show
	// them.
	Unseen float64 `json:"unseen"`
	// Arrived is of pods that came to the node since the board was made.
	Arrived float64 `json:"arrived"`
}

// NodeList is the answer to GET /nodes: each node with its values, and how rules stand
// there.
type NodeList struct {
	Header
	// Items are ordered by name.
	Items []Node `json:"items"`
	Page
}

// Node is what is known of one node, in short; values and phases have more.
type Node struct {
	// Node is the node's name.
	Node string `json:"node"`
	// GraceUntil is until when the node counts as new; absent where it does not.
	GraceUntil time.Time `json:"graceUntil,omitzero"`
	// Values are those of the metrics that rules and preferences look at, ordered by metric.
	Values []NodeValue `json:"values"`
	// Rules are those that are not plainly inactive there, by name.
	Rules []NodeRule `json:"rules,omitempty"`
	// Nearest is the rule that is nearest to being broken, or broken the most, as what is
	// measured stands now; absent where nothing is known of any.
	Nearest *Nearest `json:"nearest,omitempty"`
}

// NodeValue is what is known of one metric.
type NodeValue struct {
	// Metric is its name in rules.
	Metric string `json:"metric"`
	// Value is the newest sample; absent if there never was one.
	Value *float64 `json:"value,omitempty"`
	// Unit is that of the value; absent where it has no name.
	Unit string `json:"unit,omitempty"`
	// AgeSeconds is how old it is; absent where value is.
	AgeSeconds *float64 `json:"ageSeconds,omitempty"`
	// Unknown says why the value does not count; absent where it does.
	Unknown string `json:"unknown,omitempty"`
}

// NodeRule is how one rule stands.
type NodeRule struct {
	// Rule is name, or namespace/name.
	Rule string `json:"rule"`
	// Phase is inactive, pending, firing or keeping.
	Phase string `json:"phase"`
	// Since is when the phase began; absent if it always was so.
	Since time.Time `json:"since,omitzero"`
	// Truth is what the condition is now: True, False or Unknown.
	Truth string `json:"truth"`
	// Blocks is as in Phase.
	Blocks bool `json:"blocks,omitempty"`
	// Silenced is set while a silence makes the rule do nothing there.
	Silenced bool `json:"silenced,omitempty"`
	// Evict is what came of moving pods away; absent where the rule moves none.
	Evict *NodeEviction `json:"evict,omitempty"`
}

// Nearest is the comparison that decides how near a rule is to being broken: of any the
// nearest, of all the farthest.
type Nearest struct {
	// Rule is name, or namespace/name.
	Rule string `json:"rule"`
	// Condition is the comparison as it was written, such as memory > 90%.
	Condition string `json:"condition"`
	// Metric is what it looks at.
	Metric string `json:"metric"`
	// Value is what the metric is, in its unit.
	Value float64 `json:"value"`
	// Threshold is the line.
	Threshold float64 `json:"threshold"`
	// Away is how far the rule is from being broken: the distance of value from threshold as
	// a part of the larger of the two. It is 0 on the line, and negative where the condition
	// is true.
	Away float64 `json:"away"`
}

// SourceList is the answer to GET /sources: the telemetry sources.
type SourceList struct {
	Header
	// Items are in the order of the scheduler's arguments.
	Items []Source `json:"items"`
}

// Source is one telemetry source.
type Source struct {
	// Name is what the operator calls it.
	Name string `json:"name"`
	// Type is MetricsAPI, Kubelet, Prometheus, CustomMetrics or what the program added.
	Type string `json:"type"`
	// Builtin is set for the source that feeds the built-in metrics.
	Builtin bool `json:"builtin,omitempty"`
	// IntervalSeconds is the time between two readings.
	IntervalSeconds float64 `json:"intervalSeconds"`
	// Up is set while the newest reading did not fail.
	Up bool `json:"up"`
	// LastReading is when the newest reading that did not fail ended.
	LastReading time.Time `json:"lastReading,omitzero"`
	// Fault is why the newest reading failed.
	Fault string `json:"fault,omitempty"`
	// FailingSince is when the first of the readings ended that failed since LastReading, as
	// this replica has seen it; absent where the newest did not fail.
	FailingSince time.Time `json:"failingSince,omitzero"`
	// ClockAheadSeconds is by how much its clock is ahead of that of the replica that answers,
	// negative where it is behind; absent where the source does not say what time it is.
	ClockAheadSeconds *float64 `json:"clockAheadSeconds,omitempty"`
	// Notes are what is odd about the source although it can be read.
	Notes []string `json:"notes,omitempty"`
	// Metrics are those that authors of rules read from it.
	Metrics []SourceMetric `json:"metrics,omitempty"`
}

// SourceMetric is a metric that authors of rules defined.
type SourceMetric struct {
	// Name is its name in rules.
	Name string `json:"name"`
	// Fault is why it could not be read the last time.
	Fault string `json:"fault,omitempty"`
	// Join says how its series found their nodes; absent where nodes are asked by name.
	Join *Join `json:"join,omitempty"`
}

// Join says how the series of a metric found their nodes.
type Join struct {
	// Label is the label by which series were joined.
	Label string `json:"label,omitempty"`
	// By is what of a node the label holds.
	By string `json:"by,omitempty"`
	// Matched counts the series that found a node.
	Matched int `json:"matched"`
	// Foreign are series that are of no node of this cluster.
	Foreign Named `json:"foreign"`
	// Silent are nodes without a series.
	Silent Named `json:"silent"`
	// Ambiguous are nodes with several series that nothing combines.
	Ambiguous Named `json:"ambiguous"`
}

// Named counts things and names the first few.
type Named struct {
	// Count is how many there are.
	Count int `json:"count"`
	// First are the first few, sorted.
	First []string `json:"first,omitempty"`
}
