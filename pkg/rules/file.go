package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// File is one document of rules as it is written. Pointers tell what was left
// out from what was written as zero; defaults fill the former.
type File struct {
	// APIVersion is telemetry-scheduler.io/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is TelemetryRules.
	Kind string `json:"kind"`
	// Metrics are those beside the built-in ones (cpu, memory, cpu-available,
	// memory-available, pods); all files share them.
	Metrics []MetricSpec `json:"metrics,omitempty"`
	// Rules say: when this is so of a node, do that. They add up.
	Rules []RuleSpec `json:"rules,omitempty"`
	// Preferences rank the nodes that are left, and never keep a pod off.
	Preferences []PreferenceSpec `json:"preferences,omitempty"`
}

// RuleSpec is one rule.
type RuleSpec struct {
	// Name is how Events, metrics, silences and annotations call the rule.
	Name string `json:"name"`
	// Description is for people.
	Description string `json:"description,omitempty"`
	// When is the condition: a comparison of one metric, or a tree of them.
	When *ConditionSpec `json:"when"`
	// For is how long the condition must have been observed before the rule fires; 0s
	// where it is left out.
	For *strictyaml.Duration `json:"for,omitempty"`
	// KeepFiringFor is how long the rule goes on after the condition ended; 0s where it is
	// left out.
	KeepFiringFor *strictyaml.Duration `json:"keepFiringFor,omitempty"`
	// OnUnknown is what follows from absent telemetry: Allow, the default, Block, or
	// KeepLast, as the last sample said.
	OnUnknown OnUnknown `json:"onUnknown,omitempty"`
	// KeepLastFor is how long KeepLast holds, from the last sample; 15m where it is left
	// out.
	KeepLastFor *strictyaml.Duration `json:"keepLastFor,omitempty"`
	// Mode is Enforce, the default, or DryRun: judged and told, and nothing is done.
	Mode Mode `json:"mode,omitempty"`
	// Nodes are those that the rule judges; all where it is left out.
	Nodes *SelectorSpec `json:"nodes,omitempty"`
	// Pods are those that the rule governs; all where it is left out.
	Pods *SelectorSpec `json:"pods,omitempty"`
	// Namespaces are those whose pods the rule governs; all where it is left out. Rules of
	// one namespace have no such field.
	Namespaces *SelectorSpec `json:"namespaces,omitempty"`
	// IncludeDaemonSets governs the pods of DaemonSets too.
	IncludeDaemonSets *bool `json:"includeDaemonSets,omitempty"`
	// MaxPodPriority is the greatest priority of pods that are governed; system-critical
	// pods never are.
	MaxPodPriority *int32 `json:"maxPodPriority,omitempty"`
	// Actions are what the rule does while it fires; one at least.
	Actions *ActionsSpec `json:"actions"`
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
	// Metric is what is compared, by one of the comparisons beside it.
	Metric string `json:"metric,omitempty"`
	// Above is strictly more. Percentages carry their %; others take numbers and quantities
	// such as 4Gi.
	Above *strictyaml.Scalar `json:"above,omitempty"`
	// AtLeast is as much or more.
	AtLeast *strictyaml.Scalar `json:"atLeast,omitempty"`
	// Below is strictly less.
	Below *strictyaml.Scalar `json:"below,omitempty"`
	// AtMost is as much or less.
	AtMost *strictyaml.Scalar `json:"atMost,omitempty"`
	// Equal is exactly as much.
	Equal *strictyaml.Scalar `json:"equal,omitempty"`
	// NotEqual is more or less.
	NotEqual *strictyaml.Scalar `json:"notEqual,omitempty"`
	// Clear is the second line: what became true stays true until the value is back beyond
	// it. The threshold itself where it is left out.
	Clear *strictyaml.Scalar `json:"clear,omitempty"`
	// Any is true where one of these is.
	Any []ConditionSpec `json:"any,omitempty"`
	// All is true where each of these is.
	All []ConditionSpec `json:"all,omitempty"`
	// Not is true where this is false.
	Not *ConditionSpec `json:"not,omitempty"`
}

// SelectorSpec selects objects by their labels, as Kubernetes does everywhere.
type SelectorSpec struct {
	// MatchLabels are labels that must have these values.
	MatchLabels map[string]string `json:"matchLabels,omitempty"`
	// MatchExpressions must all be fulfilled too.
	MatchExpressions []ExpressionSpec `json:"matchExpressions,omitempty"`
}

// ExpressionSpec is one requirement of a selector.
type ExpressionSpec struct {
	// Key is that of the label.
	Key string `json:"key"`
	// Operator is In, NotIn, Exists or DoesNotExist.
	Operator string `json:"operator"`
	// Values are for In and NotIn.
	Values []string `json:"values,omitempty"`
}

// PreferenceSpec ranks nodes by a metric and never blocks.
type PreferenceSpec struct {
	// Name is how people call the preference.
	Name string `json:"name"`
	// Metric is what nodes are ranked by.
	Metric string `json:"metric"`
	// Prefer is Low or High; Near fills nodes up to the target and avoids them beyond it;
	// Steady wants a low mean that varies little.
	Prefer Prefer `json:"prefer"`
	// Target is up to where Near fills nodes.
	Target *strictyaml.Scalar `json:"target,omitempty"`
	// Steady says more of that word.
	Steady *SteadySpec `json:"steady,omitempty"`
	// Range are the two values between which nodes get 100 points and 1.
	Range []strictyaml.Scalar `json:"range,omitempty"`
	// MinSpread is the least such range, so that noise is no difference.
	MinSpread *strictyaml.Scalar `json:"minSpread,omitempty"`
	// Weight is relative to the other preferences that govern the pod, from 1 to 100; 1
	// where it is left out.
	Weight *int32 `json:"weight,omitempty"`
	// OnUnknown is what a node without a sample is worth: nothing (Worst, the default), or
	// the mean (Neutral).
	OnUnknown PreferUnknown `json:"onUnknown,omitempty"`
	// Nodes are those that are ranked, the others having the mean; all where it is left out.
	Nodes *SelectorSpec `json:"nodes,omitempty"`
	// Pods are those that care; all where it is left out.
	Pods *SelectorSpec `json:"pods,omitempty"`
}

// SteadySpec prefers nodes whose value is low and varies little.
type SteadySpec struct {
	// Window is the time of the mean and of the deviation; 15m where it is left out.
	Window *strictyaml.Duration `json:"window,omitempty"`
	// Deviations are how many standard deviations count beside the mean; 1 where it is left
	// out.
	Deviations *float64 `json:"deviations,omitempty"`
}
