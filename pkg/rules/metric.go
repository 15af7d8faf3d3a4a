package rules

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// Metric describes the values that leaves compare.
type Metric struct {
	Name        string
	Description string
	Unit        Unit
	BuiltIn     bool
	// Origin is where the metric was defined; its zero value for a built-in one.
	Origin Origin
	// Source names the operator's source that serves the metric; empty for
	// built-in ones.
	Source string
	Values
	// Interval is how often a value is wanted, MaxAge the age beyond which a
	// sample no longer counts.
	Interval, MaxAge time.Duration
	// InFlight says how a pod that telemetry cannot see yet changes the value.
	// Its zero value: not at all, so that no prediction is made.
	InFlight InFlight
}

// Values say how the values of a metric of its author's own come about. The zero
// value is that of a built-in metric.
type Values struct {
	// Query is PromQL; empty where Custom is set.
	Query string
	// Custom names a metric of custom.metrics.k8s.io; nil where Query is set.
	Custom *CustomMetric
	// AgeQuery and ZeroWhile are PromQL, or empty.
	AgeQuery, ZeroWhile string
	// Join says which label of a series names the node, and by what.
	Join JoinSpec
	// Combine is none, max, min, avg or sum.
	Combine string
	// Window is the time that a value averages over; 0 for an instant.
	Window time.Duration
	// PodQuery measures single pods in the metric's unit; empty where nothing does.
	PodQuery  string
	PodLabels PodLabelsSpec
}

// CustomMetric names a metric of custom.metrics.k8s.io that describes nodes.
type CustomMetric struct {
	Name string
	// Selector is never nil.
	Selector labels.Selector
}

// Unit is the unit of a metric's values and decides how thresholds are written.
type Unit string

// Units with a meaning of their own; any other word is shown to people only.
const (
	UnitNone    Unit = ""
	UnitPercent Unit = "percent" // values 0–100, thresholds carry %
	UnitRatio   Unit = "ratio"   // values 0–1, thresholds carry %
	UnitSeconds Unit = "seconds" // thresholds may be durations
	UnitCores   Unit = "cores"   // cpu-available
	UnitBytes   Unit = "bytes"   // memory-available
)

// Resource is what a pod takes from a node.
type Resource string

// The resources that a pod in flight can take.
const (
	ResourceNone   Resource = ""
	ResourceCPU    Resource = "cpu"
	ResourceMemory Resource = "memory"
	ResourcePods   Resource = "pods"
)

// InFlight says how an additional pod's use of Resource changes a metric.
type InFlight struct {
	Resource Resource
	// Free is true where the value counts what is left, so that a pod lowers it.
	Free bool
	// Of is the amount that the value is a share of; OfAbsolute for values in
	// cores, bytes or pods.
	Of Base
}

// Base is the amount that a share refers to.
type Base string

// The amounts that a metric can be a share of.
const (
	OfAbsolute    Base = "Bytes"
	OfAllocatable Base = "Allocatable"
	OfCapacity    Base = "Capacity"
)
