package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// ActionsSpec holds what a rule does while it fires; at least one.
type ActionsSpec struct {
	// Block keeps governed pods off the nodes for which the rule fires.
	Block *BlockSpec `json:"block,omitempty"`
	// Avoid takes points off the score of those nodes: a soft block.
	Avoid *AvoidSpec `json:"avoid,omitempty"`
	// Evict moves pods away.
	Evict *EvictSpec `json:"evict,omitempty"`
	// Label marks the node with a label.
	Label *LabelSpec `json:"label,omitempty"`
	// Taint marks the node with a taint.
	Taint *TaintSpec `json:"taint,omitempty"`
}

// BlockSpec keeps new pods off.
type BlockSpec struct {
	// WhenAllBlocked is what follows where every node breaks the rule: pods wait
	// (DoNotSchedule, the default), or the least violating node takes them (ScheduleAnyway).
	WhenAllBlocked WhenAllBlocked `json:"whenAllBlocked,omitempty"`
}

// AvoidSpec takes points off a node's score.
type AvoidSpec struct {
	// Points are from 1 to 100; 50 where it is left out.
	Points *int32 `json:"points,omitempty"`
}

// EvictSpec moves pods away.
type EvictSpec struct {
	// Goal is Relieve, the default, or Vacate.
	Goal Goal `json:"goal,omitempty"`
	// After is how long the rule has been firing first; 5m where it is left out.
	After *strictyaml.Duration `json:"after,omitempty"`
	// Mode is Enforce, the default, or DryRun; the operator's own comes first.
	Mode Mode `json:"mode,omitempty"`
	// Limits tighten the operator's.
	Limits *LimitsSpec `json:"limits,omitempty"`
	// Cooldown is how long the owner of an evicted pod rests after it.
	Cooldown *strictyaml.Duration `json:"cooldown,omitempty"`
	// MinPodAge spares pods that are younger.
	MinPodAge *strictyaml.Duration `json:"minPodAge,omitempty"`
	// MinReplicas spares owners with fewer replicas.
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// Allow are kinds of pods that are evicted beside plain ones.
	Allow []string `json:"allow,omitempty"`
	// Homes narrow where evicted pods may go.
	Homes *HomesSpec `json:"homes,omitempty"`
}

// Goal is what evictions aim at.
type Goal string

// Relieve moves the least that brings the value under clear; Vacate moves every
// governed pod that has a home.
const (
	Relieve Goal = "Relieve"
	Vacate  Goal = "Vacate"
)

// LimitsSpec bounds evictions.
type LimitsSpec struct {
	// PerHour counts evictions in any hour.
	PerHour *PerHourSpec `json:"perHour,omitempty"`
}

// PerHourSpec counts evictions in any hour.
type PerHourSpec struct {
	// Node is for one node.
	Node *int32 `json:"node,omitempty"`
	// Owner is for one owner of pods.
	Owner *int32 `json:"owner,omitempty"`
	// Namespace is for one namespace.
	Namespace *int32 `json:"namespace,omitempty"`
	// Total is for the whole cluster.
	Total *int32 `json:"total,omitempty"`
}

// HomesSpec narrows where evicted pods may go.
type HomesSpec struct {
	// When is true for nodes that may take pods.
	When *ConditionSpec `json:"when"`
	// MinNodes is how many such nodes there must be; 1 where it is left out.
	MinNodes *int32 `json:"minNodes,omitempty"`
}

// LabelSpec marks a node with a label.
type LabelSpec struct {
	// Key is that of the label.
	Key string `json:"key"`
	// Value is that of the label.
	Value string `json:"value"`
}

// TaintSpec marks a node with a taint.
type TaintSpec struct {
	// Key is that of the taint.
	Key string `json:"key"`
	// Effect is NoSchedule or PreferNoSchedule.
	Effect string `json:"effect"`
}
