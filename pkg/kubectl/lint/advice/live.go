package advice

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// World is what is known of a cluster.
type World struct {
	// Nodes has the labels of each node, by name.
	Nodes map[string]labels.Set
	// Past has what sources remember, by the name of the metric.
	Past map[string]Past
}

// Past is what a source remembers of one metric.
type Past struct {
	// Window is how far back it was asked, in looks that are a Step apart.
	Window, Step time.Duration
	// Nodes has what is known of each node, by name.
	Nodes map[string]Extremes
}

// Extremes are the values of one node, in the metric's unit. What was not asked for is 0,
// as is Covered where nothing is known.
type Extremes struct {
	Highest, Lowest float64
	// Covered is for how much of the window there were values.
	Covered time.Duration
}

// liveChecks are those that need a cluster.
var liveChecks = []check{
	{CheckNoNodes, noNodes},
	{CheckNeverCrossed, neverCrossed},
}

// OnLive judges texts by what is known of a cluster, and returns warnings.
func OnLive(texts []*Text, set *rules.RuleSet, w World) []rules.Mistake {
	return (&judge{texts: texts, set: set, world: w}).run(liveChecks)
}
