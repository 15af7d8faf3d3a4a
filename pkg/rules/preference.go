package rules

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// Preference ranks nodes by a metric and never keeps a pod off.
type Preference struct {
	// Namespace is empty for preferences of the whole cluster.
	Namespace string
	Name      string
	Origin    Origin
	Metric    string
	Prefer    Prefer
	// Target is where Near is best, in the metric's unit.
	Target float64
	// Steady says over which time, and how much deviations weigh.
	Steady Steady
	// Range holds the values between which nodes are ranked; nil for those that the
	// selected nodes have.
	Range *Range
	// MinSpread is the least distance between the ends of a Range that follows the
	// nodes, in the metric's unit; 0 for a tenth of their median.
	MinSpread float64
	// Weight is relative to the other preferences that govern a pod, from 1 to 100.
	Weight    int32
	OnUnknown PreferUnknown
	// Nodes and Pods are never nil; labels.Everything() by default.
	Nodes, Pods labels.Selector
	// Paused is set by the annotation on the preference's ConfigMap.
	Paused bool
}

// Key identifies the preference in the whole cluster.
func (p *Preference) Key() Key { return Key{Namespace: p.Namespace, Name: p.Name} }

// Prefer says which values are good.
type Prefer string

// The four preferences. Near fills nodes up to a target and avoids them beyond it;
// Steady wants values that are low and vary little.
const (
	PreferLow    Prefer = "Low"
	PreferHigh   Prefer = "High"
	PreferNear   Prefer = "Near"
	PreferSteady Prefer = "Steady"
)

// PreferUnknown says what a node without a usable sample is worth.
type PreferUnknown string

// Worst gives such a node no points, Neutral the mean of the judged nodes.
const (
	Worst   PreferUnknown = "Worst"
	Neutral PreferUnknown = "Neutral"
)

// Steady is how PreferSteady looks at a node: the mean over Window plus so many
// standard deviations.
type Steady struct {
	Window     time.Duration
	Deviations float64
}

// Range is an interval of values in a metric's unit; Low is less than High.
type Range struct{ Low, High float64 }
