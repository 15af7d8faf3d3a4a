package evaluator

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Known is what an evaluation knows of the cluster.
type Known struct {
	Nodes []engine.Node
	// Pods lists those of the cluster; it is asked where a rule counts them.
	Pods func() []*corev1.Pod
	// Builtin is what the source of the built-in metrics last said.
	Builtin *telemetry.Snapshot
	// Snapshot returns what a source last said; nil, which knows nothing, for a source
	// that there is not.
	Snapshot func(source string) *telemetry.Snapshot
}

// Samples shows what is known as the metrics of a set of rules. One goroutine may use
// it, for one evaluation.
func Samples(now time.Time, set *rules.RuleSet, k Known) engine.Samples {
	return &withPods{
		Samples: &withOwn{
			Samples: builtins(now, set.Metrics[rules.MetricMemory].MaxAge, k.Nodes, k.Builtin),
			now:     now, metrics: set.Metrics, snapshot: k.Snapshot,
		},
		now:   now,
		nodes: k.Nodes,
		list:  k.Pods,
	}
}

// builtins shows a snapshot as the built-in metrics of the nodes. maxAge is the
// age beyond which the reason of a failed reading says more than the value.
func builtins(now time.Time, maxAge time.Duration, nodes []engine.Node, s *telemetry.Snapshot) *telemetry.Builtins {
	allocatable := make(map[string]telemetry.Allocatable, len(nodes))
	for _, n := range nodes {
		allocatable[n.Name] = telemetry.Allocatable{CPU: n.Allocatable.CPU, Memory: n.Allocatable.Memory}
	}
	return &telemetry.Builtins{Snapshot: s, Allocatable: allocatable, Now: now, MaxAge: maxAge}
}

// withOwn adds the metrics that authors of rules define.
type withOwn struct {
	engine.Samples
	now      time.Time
	metrics  map[string]rules.Metric
	snapshot func(source string) *telemetry.Snapshot
}

// Sample implements engine.Samples. A value that is too old because nothing newer
// could be read is unknown for that reason.
func (s *withOwn) Sample(metric, node string) (float64, time.Time, string) {
	m := s.metrics[metric]
	if m.BuiltIn {
		return s.Samples.Sample(metric, node)
	}
	newest := s.snapshot(m.Source)
	value, at, unknown := newest.Sample(metric, node)
	if unknown == "" && s.now.Sub(at) > m.MaxAge {
		unknown = newest.Stale(metric, node)
	}
	if unknown != "" {
		return 0, time.Time{}, unknown
	}
	return value, at, ""
}

// Window implements engine.Samples.
func (s *withOwn) Window(metric, node string) time.Duration {
	m := s.metrics[metric]
	if m.BuiltIn {
		return s.Samples.Window(metric, node)
	}
	return s.snapshot(m.Source).Window(metric, node)
}

// withPods adds the built-in metric pods to a snapshot: the non-terminal pods
// bound to a node in percent of its allocatable pods. It is counted when the
// first rule asks, for one tick, in the goroutine of the loop. That is after the flights
// were taken: a pod that is bound in between counts twice until the next tick. The other
// way round it would not count at all.
type withPods struct {
	engine.Samples
	now     time.Time
	nodes   []engine.Node
	list    func() []*corev1.Pod
	percent map[string]float64
}

// Sample implements engine.Samples.
func (s *withPods) Sample(metric, node string) (float64, time.Time, string) {
	if metric != rules.MetricPods {
		return s.Samples.Sample(metric, node)
	}
	if s.percent == nil {
		s.percent = podPercent(s.nodes, s.list())
	}
	value, found := s.percent[node]
	if !found {
		return 0, time.Time{}, "the node reports no allocatable pods"
	}
	return value, s.now, ""
}

// Window implements engine.Samples.
func (s *withPods) Window(metric, node string) time.Duration {
	if metric == rules.MetricPods {
		return 0
	}
	return s.Samples.Window(metric, node)
}

func podPercent(nodes []engine.Node, pods []*corev1.Pod) map[string]float64 {
	counts := make(map[string]int, len(nodes))
	for _, p := range pods {
		if p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			counts[p.Spec.NodeName]++
		}
	}
	percent := make(map[string]float64, len(nodes))
	for _, n := range nodes {
		if n.Allocatable.Pods > 0 {
			percent[n.Name] = 100 * float64(counts[n.Name]) / n.Allocatable.Pods
		}
	}
	return percent
}
