package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// File is one document of rules as it is written. Pointers tell what was left
// out from what was written as zero; defaults fill the former.
type File struct {
	APIVersion  string           `json:"apiVersion"`
	Kind        string           `json:"kind"`
	Metrics     []MetricSpec     `json:"metrics,omitempty"`
	Rules       []RuleSpec       `json:"rules,omitempty"`
	Preferences []PreferenceSpec `json:"preferences,omitempty"`
}

// MetricSpec defines a metric beside the built-in ones. It has either a Query or
// a CustomMetric.
type MetricSpec struct {
	Name         string               `json:"name"`
	Description  string               `json:"description,omitempty"`
	Unit         Unit                 `json:"unit,omitempty"`
	Query        string               `json:"query,omitempty"`
	CustomMetric *CustomMetricSpec    `json:"customMetric,omitempty"`
	Source       string               `json:"source,omitempty"`
	Join         *JoinSpec            `json:"join,omitempty"`
	Combine      string               `json:"combine,omitempty"`
	Window       *strictyaml.Duration `json:"window,omitempty"`
	Interval     *strictyaml.Duration `json:"interval,omitempty"`
	MaxAge       *strictyaml.Duration `json:"maxAge,omitempty"`
	AgeQuery     string               `json:"ageQuery,omitempty"`
	ZeroWhile    string               `json:"zeroWhile,omitempty"`
	InFlight     *InFlightSpec        `json:"inFlight,omitempty"`
	PodQuery     string               `json:"podQuery,omitempty"`
	PodLabels    *PodLabelsSpec       `json:"podLabels,omitempty"`
}

// CustomMetricSpec names a metric of custom.metrics.k8s.io that describes nodes.
type CustomMetricSpec struct {
	Name     string        `json:"name"`
	Selector *SelectorSpec `json:"selector,omitempty"`
}

// JoinSpec says which label of a series names the node, and by what.
type JoinSpec struct {
	Series string `json:"series,omitempty"`
	Node   string `json:"node,omitempty"`
}

// InFlightSpec says how a pod that telemetry cannot see yet changes the value.
type InFlightSpec struct {
	Resource Resource `json:"resource"`
	As       string   `json:"as"`
	Of       Base     `json:"of"`
}

// PodLabelsSpec names the labels of a podQuery that identify the pod.
type PodLabelsSpec struct {
	Namespace string `json:"namespace,omitempty"`
	Pod       string `json:"pod,omitempty"`
}

// RuleSpec is one rule.
type RuleSpec struct {
	Name              string               `json:"name"`
	Description       string               `json:"description,omitempty"`
	When              *ConditionSpec       `json:"when"`
	For               *strictyaml.Duration `json:"for,omitempty"`
	KeepFiringFor     *strictyaml.Duration `json:"keepFiringFor,omitempty"`
	OnUnknown         OnUnknown            `json:"onUnknown,omitempty"`
	KeepLastFor       *strictyaml.Duration `json:"keepLastFor,omitempty"`
	Mode              Mode                 `json:"mode,omitempty"`
	Nodes             *SelectorSpec        `json:"nodes,omitempty"`
	Pods              *SelectorSpec        `json:"pods,omitempty"`
	Namespaces        *SelectorSpec        `json:"namespaces,omitempty"`
	IncludeDaemonSets *bool                `json:"includeDaemonSets,omitempty"`
	MaxPodPriority    *int32               `json:"maxPodPriority,omitempty"`
	Actions           *ActionsSpec         `json:"actions"`
}

// Mode says whether an action is carried out or only reported.
type Mode string

// The two modes.
const (
	Enforce Mode = "Enforce"
	DryRun  Mode = "DryRun"
)

// ConditionSpec is a leaf (Metric with one comparison) or a tree of one kind.
// Thresholds stay as written until the metric's unit is known.
type ConditionSpec struct {
	Metric   string             `json:"metric,omitempty"`
	Above    *strictyaml.Scalar `json:"above,omitempty"`
	AtLeast  *strictyaml.Scalar `json:"atLeast,omitempty"`
	Below    *strictyaml.Scalar `json:"below,omitempty"`
	AtMost   *strictyaml.Scalar `json:"atMost,omitempty"`
	Equal    *strictyaml.Scalar `json:"equal,omitempty"`
	NotEqual *strictyaml.Scalar `json:"notEqual,omitempty"`
	Clear    *strictyaml.Scalar `json:"clear,omitempty"`
	Any      []ConditionSpec    `json:"any,omitempty"`
	All      []ConditionSpec    `json:"all,omitempty"`
	Not      *ConditionSpec     `json:"not,omitempty"`
}

// SelectorSpec selects objects by their labels, as Kubernetes does everywhere.
type SelectorSpec struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []ExpressionSpec  `json:"matchExpressions,omitempty"`
}

// ExpressionSpec is one requirement of a selector.
type ExpressionSpec struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

// ActionsSpec holds what a rule does while it fires; at least one.
type ActionsSpec struct {
	Block *BlockSpec `json:"block,omitempty"`
	Avoid *AvoidSpec `json:"avoid,omitempty"`
	Evict *EvictSpec `json:"evict,omitempty"`
	Label *LabelSpec `json:"label,omitempty"`
	Taint *TaintSpec `json:"taint,omitempty"`
}

// BlockSpec keeps new pods off.
type BlockSpec struct {
	WhenAllBlocked WhenAllBlocked `json:"whenAllBlocked,omitempty"`
}

// AvoidSpec takes points off a node's score.
type AvoidSpec struct {
	Points *int32 `json:"points,omitempty"`
}

// EvictSpec moves pods away.
type EvictSpec struct {
	Goal        Goal                 `json:"goal,omitempty"`
	After       *strictyaml.Duration `json:"after,omitempty"`
	Mode        Mode                 `json:"mode,omitempty"`
	Limits      *LimitsSpec          `json:"limits,omitempty"`
	Cooldown    *strictyaml.Duration `json:"cooldown,omitempty"`
	MinPodAge   *strictyaml.Duration `json:"minPodAge,omitempty"`
	MinReplicas *int32               `json:"minReplicas,omitempty"`
	Allow       []string             `json:"allow,omitempty"`
	Homes       *HomesSpec           `json:"homes,omitempty"`
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
	PerHour *PerHourSpec `json:"perHour,omitempty"`
}

// PerHourSpec counts evictions in any hour.
type PerHourSpec struct {
	Node      *int32 `json:"node,omitempty"`
	Owner     *int32 `json:"owner,omitempty"`
	Namespace *int32 `json:"namespace,omitempty"`
	Total     *int32 `json:"total,omitempty"`
}

// HomesSpec narrows where evicted pods may go.
type HomesSpec struct {
	When     *ConditionSpec `json:"when,omitempty"`
	MinNodes *int32         `json:"minNodes,omitempty"`
}

// LabelSpec marks a node with a label.
type LabelSpec struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// TaintSpec marks a node with a taint.
type TaintSpec struct {
	Key    string `json:"key"`
	Effect string `json:"effect"`
}

// PreferenceSpec ranks nodes by a metric and never blocks.
type PreferenceSpec struct {
	Name      string              `json:"name"`
	Metric    string              `json:"metric"`
	Prefer    Prefer              `json:"prefer"`
	Target    *strictyaml.Scalar  `json:"target,omitempty"`
	Steady    *SteadySpec         `json:"steady,omitempty"`
	Range     []strictyaml.Scalar `json:"range,omitempty"`
	MinSpread *strictyaml.Scalar  `json:"minSpread,omitempty"`
	Weight    *int32              `json:"weight,omitempty"`
	OnUnknown PreferUnknown       `json:"onUnknown,omitempty"`
	Nodes     *SelectorSpec       `json:"nodes,omitempty"`
	Pods      *SelectorSpec       `json:"pods,omitempty"`
}

// SteadySpec prefers nodes whose value is low and varies little.
type SteadySpec struct {
	Window     *strictyaml.Duration `json:"window,omitempty"`
	Deviations *float64             `json:"deviations,omitempty"`
}
