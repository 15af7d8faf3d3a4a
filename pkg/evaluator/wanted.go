package evaluator

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Want is a metric that a source is to bring again and again.
type Want struct {
	telemetry.Metric
	Interval time.Duration
}

// wanted returns what a source is to bring for the rules in force. It may be
// called from any goroutine.
func (e *Evaluator) wanted(s *Source) []Want {
	var out []Want
	if s.Name == e.opts.Builtin {
		for _, m := range e.opts.BuiltinMetrics {
			out = append(out, Want{m, s.Interval})
		}
	}
	return append(out, WantedOf(e.opts.Rules.Set(), s.Name)...)
}

// WantedOf returns what a source is to bring of the metrics that authors of rules define.
func WantedOf(set *rules.RuleSet, source string) (out []Want) {
	for _, name := range set.UsedMetrics() {
		if m := set.Metrics[name]; !m.BuiltIn && m.Source == source {
			out = append(out, Want{MetricOf(&m), m.Interval})
		}
	}
	return out
}

// MetricOf says in the words of sources what a rule's metric is.
func MetricOf(m *rules.Metric) telemetry.Metric {
	out := telemetry.Metric{
		Name: m.Name, Query: m.Query, AgeQuery: m.AgeQuery, ZeroWhile: m.ZeroWhile,
		Join:    telemetry.Join{Series: m.Join.Series, Node: m.Join.Node},
		Combine: telemetry.Combine(m.Combine), Window: m.Window, MaxAge: m.MaxAge,
	}
	if m.Custom != nil {
		out.Custom = &telemetry.CustomMetric{Name: m.Custom.Name, Selector: m.Custom.Selector}
	}
	return out
}

// fingerprints returns what a source is to bring, by name.
func (e *Evaluator) fingerprints(s *Source) map[string]string {
	out := map[string]string{}
	for _, w := range e.wanted(s) {
		out[w.Name] = w.Fingerprint()
	}
	return out
}

// request says what a source should read now.
func (e *Evaluator) request(metrics []telemetry.Metric) telemetry.Request {
	return Request(e.nodes(), e.pods, metrics)
}

// Request asks for metrics of nodes. pods lists those of the cluster, for when a source
// looks for the node of one.
func Request(nodes []*corev1.Node, pods func() []*corev1.Pod, metrics []telemetry.Metric) telemetry.Request {
	out := telemetry.Request{Nodes: make([]telemetry.Node, len(nodes)), Metrics: metrics, PodNode: podNodes(pods)}
	for i, n := range nodes {
		out.Nodes[i] = NodeOf(n)
	}
	return out
}

// podNodes returns a function that finds the node of a pod by its address. The
// index is built when somebody asks.
func podNodes(pods func() []*corev1.Pod) func(ip string) (string, bool) {
	var index map[string]string
	return func(ip string) (string, bool) {
		if index == nil {
			index = podIndex(pods())
		}
		node, found := index[ip]
		return node, found
	}
}

// podIndex holds the nodes of pods by address. Pods of the host's network have the
// address of their node, by which nodes are known anyway; those that have ended may
// have given theirs to another.
func podIndex(pods []*corev1.Pod) map[string]string {
	index := map[string]string{}
	for _, p := range pods {
		if p.Spec.HostNetwork || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		for _, address := range p.Status.PodIPs {
			index[address.IP] = p.Spec.NodeName
		}
	}
	return index
}
