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

func (e *Evaluator) engineNodes() []engine.Node {
	nodes := e.nodes()
	out := make([]engine.Node, len(nodes))
	for i, n := range nodes {
		out[i] = engineNode(n)
	}
	return out
}

// request says what a source should read now.
func (e *Evaluator) request() telemetry.Request {
	nodes := e.nodes()
	want := telemetry.Request{
		Nodes:   make([]telemetry.Node, len(nodes)),
		Metrics: []telemetry.Metric{{Name: telemetry.UsedCPU}, {Name: telemetry.UsedMemory}},
	}
	for i, n := range nodes {
		want.Nodes[i] = telemetryNode(n)
	}
	return want
}

func (e *Evaluator) samples(now time.Time, set *rules.RuleSet, nodes []engine.Node) engine.Samples {
	var newest *telemetry.Snapshot
	if h := e.sources[e.opts.Builtin]; h != nil {
		newest = h.snapshot
	}
	return &withPods{
		Samples: builtins(now, set.Metrics[rules.MetricMemory].MaxAge, nodes, newest),
		now:     now,
		nodes:   nodes,
		list:    e.pods,
	}
}

func (e *Evaluator) pods() []*corev1.Pod {
	// The lister of a synced cache cannot fail.
	pods, _ := e.opts.Pods.Lister().List(labels.Everything())
	return pods
}
