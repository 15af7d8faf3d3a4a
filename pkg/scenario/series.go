package scenario

import (
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// querySeries is a series that queries see.
type querySeries struct {
	labels labels.Labels
	points []point
}

// plainKey names what a source without queries says of a node.
type plainKey struct{ metric, node string }

func (r *reader) series(f *file, list []seriesSpec) {
	known := map[string]bool{}
	for i := range list {
		s, at := &list[i], strictyaml.Path("series").Index(i)
		switch {
		case (s.Series == "") == (s.Metric == ""):
			r.wrong(at, "", `a series has either "series", as queries see it, or "metric" and "node"`)
		case s.Series != "":
			r.queried(f, at, s, known)
		default:
			r.plain(f, at, s)
		}
	}
}

func (r *reader) queried(f *file, at strictyaml.Path, s *seriesSpec, known map[string]bool) {
	if s.Node != "" {
		r.wrongKey(at.Child("node"), "write it as a label of the series", `"node" goes with "metric"`)
	}
	if _, _, err := notation.ParseSeriesDesc(s.Series); err != nil {
		r.wrong(at.Child("series"), "", "%q: %v", "series", plainly(err))
		return
	}
	found, points, err := parseValues(s.Series, s.Values.Text)
	switch {
	case err != nil || len(points) == 0:
		r.badValues(at, err)
	case known[found.String()]:
		r.wrong(at.Child("series"), "", "the series %s stands twice", found)
	default:
		known[found.String()] = true
		f.queried = append(f.queried, querySeries{found, points})
	}
}

func (r *reader) badValues(at strictyaml.Path, err error) {
	const mend = `write them like 1 2 3, 0+5x10, _, or stale`
	if err == nil {
		r.missing(at, "values", mend)
		return
	}
	r.wrong(at.Child("values"), mend, "%q: %v", "values", err)
}

// plain reads what a source without queries says: the built-in metrics, and those of
// custom.metrics.k8s.io.
func (r *reader) plain(f *file, at strictyaml.Path, s *seriesSpec) {
	metric, found := f.rules.Metrics[s.Metric]
	if !found {
		r.known(at.Child("metric"), "metric", s.Metric, metricNames(f.rules))
		return
	}
	if !r.plainMetric(at.Child("metric"), &metric) || !r.known(at.Child("node"), "node", s.Node, f.nodeNames()) {
		return
	}
	values, err := inUnit(s.Values.Text, metric.Unit)
	if err != nil {
		r.wrong(at.Child("values"), "", "%q: %v", "values", err)
		return
	}
	_, points, err := parseValues("x", values)
	if err != nil || len(points) == 0 {
		r.badValues(at, err)
		return
	}
	key := plainKey{telemetry.Raw(s.Metric), s.Node}
	if f.plain[key] != nil {
		r.wrong(at, "keep one", "the %s of node %s is given twice", s.Metric, s.Node)
		return
	}
	f.plain[key] = rawPoints(&metric, f.node(s.Node), points)
	f.stated[plainKey{s.Metric, s.Node}] = points
}

// plainMetric reports a metric that is not given value by value.
func (r *reader) plainMetric(at strictyaml.Path, m *rules.Metric) bool {
	switch {
	case m.Name == rules.MetricPods:
		r.wrong(at, `write them under "pods"`, "pods are counted, not measured")
	case m.Query != "":
		r.wrong(at, `write "series" as the query reads them`, "the metric %s is asked by a query, which is to be tested too", m.Name)
	default:
		return true
	}
	return false
}

// rawPoints turns values of a built-in metric into what its source measures.
func rawPoints(m *rules.Metric, n *corev1.Node, points []point) []point {
	out, size := slices.Clone(points), evaluator.EngineNode(n).Allocatable
	for i := range out {
		if !out[i].stale() {
			out[i].value = telemetry.Measured(m.Name, out[i].value, telemetry.Allocatable{CPU: size.CPU, Memory: size.Memory})
		}
	}
	return out
}

func metricNames(set *rules.RuleSet) []string { return slices.Sorted(maps.Keys(set.Metrics)) }
