package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// MetricSpec defines a metric beside the built-in ones. It has either a Query or
// a CustomMetric.
type MetricSpec struct {
	// Name is how rules and preferences call the metric.
	Name string `json:"name"`
	// Description is for people.
	Description string `json:"description,omitempty"`
	// Unit is percent (values 0–100) or ratio (0–1), whose thresholds carry %; seconds,
	// whose thresholds may be durations; bytes or cores; or any other word, for people.
	Unit Unit `json:"unit,omitempty"`
	// Query is PromQL that gives one value for each node, without a comparison at its
	// top.
	Query string `json:"query,omitempty"`
	// CustomMetric is a metric of custom.metrics.k8s.io instead of a query.
	CustomMetric *CustomMetricSpec `json:"customMetric,omitempty"`
	// Source is which of the operator's sources is asked; the only one where it is left
	// out.
	Source string `json:"source,omitempty"`
	// Join says how series find their nodes; it is found out where it is left out.
	Join *JoinSpec `json:"join,omitempty"`
	// Combine is what several series of one node make; with none, the default, the node
	// is unknown.
	Combine string `json:"combine,omitempty"`
	// Window is the time that a value averages over: the longest range in the query where
	// it is left out.
	Window *strictyaml.Duration `json:"window,omitempty"`
	// Interval is how often the metric is read; 30s where it is left out.
	Interval *strictyaml.Duration `json:"interval,omitempty"`
	// MaxAge is the age beyond which a sample is unknown, two intervals at least; 3m where
	// it is left out.
	MaxAge *strictyaml.Duration `json:"maxAge,omitempty"`
	// AgeQuery gives the Unix time of each node's sample, where it cannot be told from the
	// selectors of the query.
	AgeQuery string `json:"ageQuery,omitempty"`
	// ZeroWhile is a query: while it has a series for a node, an absent value is 0 there.
	ZeroWhile string `json:"zeroWhile,omitempty"`
	// InFlight says how another pod changes the value, so that rules look ahead.
	InFlight *InFlightSpec `json:"inFlight,omitempty"`
	// PodQuery gives what single pods use, in the metric's unit.
	PodQuery string `json:"podQuery,omitempty"`
	// PodLabels are the labels by which the series of PodQuery name their pod.
	PodLabels *PodLabelsSpec `json:"podLabels,omitempty"`
}

// CustomMetricSpec names a metric of custom.metrics.k8s.io that describes nodes.
type CustomMetricSpec struct {
	// Name is that of the metric.
	Name string `json:"name"`
	// Selector chooses among the series of the metric.
	Selector *SelectorSpec `json:"selector,omitempty"`
}

// JoinSpec says which label of a series names the node, and by what.
type JoinSpec struct {
	// Series is the label that names the node; auto finds it.
	Series string `json:"series,omitempty"`
	// Node is what of the node the label holds: auto, name, hostname, internalIP, podIP, or
	// label:<key>.
	Node string `json:"node,omitempty"`
}

// InFlightSpec says how a pod that telemetry cannot see yet changes the value.
type InFlightSpec struct {
	// Resource is what of a pod moves the value: its cpu, its memory, or that it is there
	// (pods).
	Resource Resource `json:"resource"`
	// As is Used where a pod raises the value, and Free where it lowers it.
	As string `json:"as"`
	// Of is what a percentage or a ratio is a share of, Allocatable or Capacity; Bytes for
	// any other unit: an amount in bytes, cores or pods.
	Of Base `json:"of"`
}

// PodLabelsSpec names the labels of a podQuery that identify the pod.
type PodLabelsSpec struct {
	// Namespace is the label with the pod's namespace.
	Namespace string `json:"namespace,omitempty"`
	// Pod is the label with the pod's name.
	Pod string `json:"pod,omitempty"`
}
