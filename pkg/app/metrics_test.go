package app

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// described is one metric that this process registers.
type described struct {
	help   string
	labels []string
}

// register has everything of ours registered, as a scheduler does, and returns what was: those
// that count, and a description of all by their names.
func register(t *testing.T) ([]metrics.Registerable, map[string]described) {
	t.Helper()
	var counting []metrics.Registerable
	var all []prometheus.Collector
	through := legacyregistry.MustRegister
	legacyregistry.MustRegister = func(cs ...metrics.Registerable) {
		through(cs...)
		counting = append(counting, cs...)
		for _, c := range cs {
			all = append(all, c)
		}
	}
	before := prometheus.DefaultRegisterer // which is told of those that are read at each scrape
	prometheus.DefaultRegisterer = registerer(func(c prometheus.Collector) { all = append(all, c) })
	defer func() { legacyregistry.MustRegister, prometheus.DefaultRegisterer = through, before }()
	registerMetrics()
	collect(new(evaluator.Evaluator), rulesource.New(rulesource.Options{}))
	descheduler.Collect(new(descheduler.Descheduler))
	marks.Register() // which has a process of its own
	return counting, describe(all)
}

type registerer func(prometheus.Collector)

func (r registerer) Register(c prometheus.Collector) error { r(c); return nil }
func (r registerer) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		r(c)
	}
}
func (r registerer) Unregister(prometheus.Collector) bool { return false }

var description = regexp.MustCompile(`fqName: "([a-z_]+)", help: "(.*)", constLabels: {}, variableLabels: {([a-z_,]*)}`)

func describe(all []prometheus.Collector) map[string]described {
	ch := make(chan *prometheus.Desc)
	go func() {
		defer close(ch)
		for _, c := range all {
			c.Describe(ch)
		}
	}()
	out := map[string]described{}
	for d := range ch {
		if found := description.FindStringSubmatch(d.String()); found != nil {
			out[found[1]] = described{found[2], strings.FieldsFunc(found[3], func(r rune) bool { return r == ',' })}
		}
	}
	return out
}

// TestMetrics holds what a scheduler registers to the documentation, to what Prometheus wants
// of names, and to the number of series that they may have.
func TestMetrics(t *testing.T) {
	counting, all := register(t)
	t.Run("are documented with their labels", func(t *testing.T) {
		got := map[string][]string{}
		for name, d := range all {
			got[name] = d.labels
		}
		if diff := cmp.Diff(documented(t), got, cmp.Transformer("empty", func(l []string) string { return strings.Join(l, ", ") })); diff != "" {
			t.Errorf("labels by metric (-documented +registered):\n%s", diff)
		}
	})
	t.Run("have the names that Prometheus wants", func(t *testing.T) {
		touch(counting)
		problems, err := promlint.NewWithMetricFamilies(families(t, all)).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	})
	t.Run("have at most as many series as rules and states", func(t *testing.T) {
		for name, d := range all {
			many := slices.DeleteFunc(slices.Clone(d.labels), func(l string) bool { return slices.Contains(few, l) })
			if len(many) > 1 && !slices.Equal(many, []string{"metric", "source"}) || len(many) > 0 && !slices.Contains(some, many[0]) {
				t.Errorf("%s has the labels %v: only one may have as many values as there are rules, and none as many as nodes or pods", name, d.labels)
			}
		}
	})
}

// few are the labels whose values the program knows, and some those of which there are as many
// as an operator or the authors of rules write. A metric has one source.
var (
	few  = []string{"state", "outcome", "text", "what", "reason", "result", "section", "path", "code", "of", "kind", "change", "mode"}
	some = []string{"rule", "metric", "source", "profile"}
)

// documented are the labels by metric, as docs/operating.md says.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(telemetry_scheduler_[a-z_]+)` \\| (.*?) ?\\| (.+) \\|$").FindAllStringSubmatch(string(page), -1) {
		out[row[1]] = nil
		for _, label := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(row[2], -1) {
			out[row[1]] = append(out[row[1]], label[1])
		}
	}
	return out
}

// touch lets everything that counts have a series.
func touch(counting []metrics.Registerable) {
	values := slices.Repeat([]string{"x"}, 2)
	for _, c := range counting {
		labels := describe([]prometheus.Collector{c})[c.FQName()].labels
		switch v := c.(type) {
		case *metrics.CounterVec:
			v.WithLabelValues(values[:len(labels)]...).Inc()
		case *metrics.GaugeVec:
			v.WithLabelValues(values[:len(labels)]...).Set(1)
		case *metrics.HistogramVec:
			v.WithLabelValues(values[:len(labels)]...).Observe(1)
		}
	}
}

// families are what a scrape brings of ours. Those that are read from what a scheduler found
// have nothing to tell here, and are gauges all.
func families(t *testing.T, all map[string]described) []*dto.MetricFamily {
	t.Helper()
	gathered, err := legacyregistry.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(all)
	var out []*dto.MetricFamily
	for _, f := range gathered {
		if _, ours := left[f.GetName()]; ours {
			delete(left, f.GetName())
			out = append(out, f)
		}
	}
	for name, d := range left {
		labels := []*dto.LabelPair{}
		for _, l := range d.labels {
			labels = append(labels, &dto.LabelPair{Name: new(l), Value: new("x")})
		}
		out = append(out, &dto.MetricFamily{
			Name: new(name), Help: new(d.help), Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Label: labels, Gauge: &dto.Gauge{Value: new(1.0)}}},
		})
	}
	return out
}
