package telemetry

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// Metric is a value that is wanted of each node, in the words of sources. The
// built-in sources know it by its Name alone; of the others each reads the fields
// that it understands.
type Metric struct {
	// Name is unique in a Request, and the name under which the values come back.
	Name string
	// Query is a PromQL expression that gives an instant vector.
	Query string
	// AgeQuery gives the Unix time of each node's sample; empty where the source
	// is to derive it from the selectors of Query.
	AgeQuery string
	// ZeroWhile is a query for the nodes of which an absent series means 0.
	ZeroWhile string
	// Custom names a metric of custom.metrics.k8s.io.
	Custom *CustomMetric
	Join   Join
	// Combine makes one value of several series of a node.
	Combine Combine
	// Window is the time that a value averages over; 0 for an instant.
	Window time.Duration
	// MaxAge is the age at which rules stop believing a sample.
	MaxAge time.Duration
}

// CustomMetric names a metric of custom.metrics.k8s.io that describes nodes.
type CustomMetric struct {
	Name string
	// Selector chooses among the series of the metric; nil, or an empty one, for all.
	Selector labels.Selector
}

// Join says which label of a series names the node, and by what.
type Join struct {
	// Series is the label's name, or JoinAuto.
	Series string
	// Node is what the label holds: one of the JoinBy words, JoinByLabel followed by
	// the key of a label of nodes, or JoinAuto.
	Node string
}

// The words of a Join. JoinAuto tries what is usual, once for all series of a
// metric.
const (
	JoinAuto         = "auto"
	JoinByName       = "name"
	JoinByHostname   = "hostname"
	JoinByInternalIP = "internalIP"
	JoinByPodIP      = "podIP"
	JoinByLabel      = "label:"
)

// Combine says what several series of one node make together.
type Combine string

// The ways to combine. CombineNone makes the node's value unknown.
const (
	CombineNone Combine = "none"
	CombineMax  Combine = "max"
	CombineMin  Combine = "min"
	CombineAvg  Combine = "avg"
	CombineSum  Combine = "sum"
)

// JoinTable is how the series of one metric found their nodes, for people.
type JoinTable struct {
	// Label is the label by which series were joined, and By what of a node it
	// holds, in the words of a Join; both are empty where no series came.
	Label, By string
	// Matched counts the series that found a node.
	Matched int
	// Foreign holds values of Label that are no node of this cluster, sorted, the
	// first few; ForeignCount counts all series without a node.
	Foreign      []string
	ForeignCount int
	// Silent holds nodes without a series, sorted, the first few; SilentCount
	// counts all.
	Silent      []string
	SilentCount int
	// Ambiguous holds nodes with several series that nothing combines, sorted, the
	// first few; AmbiguousCount counts all.
	Ambiguous      []string
	AmbiguousCount int
}
