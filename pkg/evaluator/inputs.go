package evaluator

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func (e *Evaluator) nodes() []*corev1.Node {
	// The lister of a synced cache cannot fail.
	nodes, _ := e.opts.Nodes.Lister().List(labels.Everything())
	return nodes
}

func (e *Evaluator) engineNodes(flights map[string][]engine.Flight) []engine.Node {
	nodes := e.nodes()
	out := make([]engine.Node, len(nodes))
	for i, n := range nodes {
		out[i] = EngineNode(n)
		out[i].Flights = flights[n.Name]
	}
	return out
}

// flights are the pods of each node that telemetry may not see whole.
func (e *Evaluator) flights(now time.Time, set *rules.RuleSet) map[string][]engine.Flight {
	if e.opts.InFlight == nil {
		return nil
	}
	return e.opts.InFlight.Take(now, engine.Horizon(set))
}

func (e *Evaluator) samples(now time.Time, set *rules.RuleSet, nodes []engine.Node) engine.Samples {
	return Samples(now, set, Known{Nodes: nodes, Pods: e.pods, Builtin: e.snapshot(e.opts.Builtin), Snapshot: e.snapshot})
}

// snapshot returns what a source last said; nil, which knows nothing, for a source
// that there is not.
func (e *Evaluator) snapshot(source string) *telemetry.Snapshot {
	if h := e.sources[source]; h != nil {
		return h.snapshot
	}
	return nil
}

func (e *Evaluator) pods() []*corev1.Pod {
	// The lister of a synced cache cannot fail.
	pods, _ := e.opts.Pods.Lister().List(labels.Everything())
	return pods
}
