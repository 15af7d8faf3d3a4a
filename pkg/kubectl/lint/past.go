package lint

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint/advice"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// How far back sources are asked, and how far the looks are apart: a server evaluates a
// query once for each look.
const (
	pastWindow = 24 * time.Hour
	pastStep   = 5 * time.Minute
)

// Uncompared is a metric whose lines were not compared with the past, and why.
type Uncompared struct {
	Metric string `json:"metric"`
	Why    string `json:"why"`
}

// adviseLive judges the texts that are in force by the nodes that there are, and by what
// the sources remember.
func (l *library) adviseLive(ctx context.Context, w world) {
	known := advice.World{Nodes: map[string]labels.Set{}, Past: map[string]advice.Past{}}
	for _, n := range w.nodes {
		known.Nodes[n.Name] = n.Labels
	}
	for _, name := range slices.Sorted(maps.Keys(l.lines())) {
		past, err := w.remember(ctx, l.set.Metrics[name])
		if err != nil {
			l.uncompared = append(l.uncompared, Uncompared{Metric: name, Why: err.Error()})
			continue
		}
		known.Past[name] = past
	}
	for _, m := range advice.OnLive(l.advised, l.set, known) {
		l.mistake(m)
	}
}

// lines are the metrics that rules compare with a line that a node may cross.
func (l *library) lines() map[string]bool {
	out := map[string]bool{}
	for i := range l.set.Rules {
		for leaf := range l.set.Rules[i].When.Leaves() {
			if beyond, _ := advice.Beyond(leaf); beyond != nil {
				out[leaf.Metric] = true
			}
		}
	}
	return out
}

// The names under which the parts of a past are asked for.
const (
	highest = "highest"
	lowest  = "lowest"
	looks   = "looks"
)

// remember asks a source for the past of a metric; an error says why that is not known.
func (w world) remember(ctx context.Context, m rules.Metric) (advice.Past, error) {
	source := w.sources[m.Source]
	switch {
	case m.BuiltIn:
		return advice.Past{}, fmt.Errorf("what feeds the built-in metrics remembers nothing")
	case m.Query == "":
		return advice.Past{}, fmt.Errorf("custom metrics remember nothing")
	case m.ZeroWhile != "":
		return advice.Past{}, fmt.Errorf("zeroWhile speaks of now alone")
	case source == nil:
		return advice.Past{}, fmt.Errorf("the source %s cannot be asked from here", m.Source)
	}
	count := over(m, looks, "count_over_time")
	count.Combine = telemetry.CombineMax
	want := telemetry.Request{Nodes: w.nodes, PodNode: w.podNode, Metrics: []telemetry.Metric{
		over(m, highest, "max_over_time"), over(m, lowest, "min_over_time"), count,
	}}
	reading, err := source.Collect(ctx, want)
	if err != nil {
		return advice.Past{}, fmt.Errorf("the source %s cannot be read: %w", m.Source, err)
	}
	for _, fault := range reading.Faults {
		return advice.Past{}, fmt.Errorf("the source %s cannot tell: %s", m.Source, fault)
	}
	return pastIn(reading, w.nodes), nil
}

// over is a metric of what a function makes of the values of the window. It joins nodes as
// the metric does. The sum of the highest values of several series is at least the highest
// of their sums, and so on, so that no line that was crossed seems not to be. What it says is as old
// as now: that of a node that is silent by now is left out.
func over(m rules.Metric, name, function string) telemetry.Metric {
	out := evaluator.MetricOf(&m)
	out.Name, out.Window = name, pastWindow
	out.Query = fmt.Sprintf("%s((%s\n)[%s:%s])", function, m.Query, strictyaml.Duration(pastWindow), strictyaml.Duration(pastStep))
	out.AgeQuery = fmt.Sprintf("(%s\n) * 0 + time()", m.Query)
	return out
}

func pastIn(r *telemetry.Reading, nodes []telemetry.Node) advice.Past {
	out := advice.Past{Window: pastWindow, Step: pastStep, Nodes: map[string]advice.Extremes{}}
	for _, n := range nodes {
		high, found := r.Samples[telemetry.Key{Metric: highest, Node: n.Name}]
		low := r.Samples[telemetry.Key{Metric: lowest, Node: n.Name}]
		count := r.Samples[telemetry.Key{Metric: looks, Node: n.Name}]
		if found && !math.IsNaN(high.Value+low.Value+count.Value) {
			out.Nodes[n.Name] = advice.Extremes{Highest: high.Value, Lowest: low.Value, Covered: time.Duration(count.Value) * pastStep}
		}
	}
	return out
}
