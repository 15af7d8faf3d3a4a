package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
)

// promQL stands for a checker of queries: it knows a few by heart.
type promQL struct{}

type queryProblem struct{ message, mend string }

func (p queryProblem) Error() string { return p.message }
func (p queryProblem) Mend() string  { return p.mend }

func (promQL) CheckQuery(query string) (time.Duration, bool, error) {
	switch {
	case strings.Contains(query, "("):
		return 2 * time.Minute, false, nil
	case strings.Contains(query, ":"):
		return 0, true, nil
	case strings.Contains(query, ">"):
		return 0, false, queryProblem{"it is an alert expression", "split it"}
	}
	return 0, false, nil
}

func (promQL) CheckVector(query string) error {
	if strings.HasSuffix(query, "]") {
		return errors.New("it gives a range vector")
	}
	return nil
}

// infra is what one operator has.
func infra(sources map[string]SourceKind) Options {
	opts := clusterOptions()
	opts.Sources, opts.Queries = sources, promQL{}
	return opts
}

var oneOfEach = map[string]SourceKind{"kubelets": SourceOfNothing, "prom": SourceOfQueries, "adapter": SourceOfCustom}

func TestMetricsAreCheckedAgainstWhatTheOperatorHas(t *testing.T) {
	two := map[string]SourceKind{"east": SourceOfQueries, "west": SourceOfQueries}
	for sentence, tc := range map[string]struct {
		metric  string
		sources map[string]SourceKind
		want    string // the mistake; empty for none
	}{
		"the only source that reads queries is the default":   {"query: heat", oneOfEach, ""},
		"the only source of custom metrics is the default":    {"customMetric: {name: heat}", oneOfEach, ""},
		"a source can be named":                               {"query: heat, source: east", two, ""},
		"one of several must be named":                        {"query: heat", two, `t:4:3: metrics[0] needs "source"; those that do are east, west`},
		"a name must be one of the operator's":                {"query: heat, source: eats", two, `t:4:37: the operator has no source called "eats"; did you mean "east"?`},
		"the source must read such metrics":                   {"query: heat, source: adapter", oneOfEach, `t:4:37: the source "adapter" does not read "query"; those that do are prom`},
		"there may be no such source at all":                  {"customMetric: {name: heat}", two, `t:4:16: no source of the operator reads "customMetric"; ask the operator for one`},
		"nobody may know the sources":                         {"query: heat, source: any", nil, ""},
		"a query that is wrong is told with its mend":         {"query: heat > 1", oneOfEach, `t:4:23: "query": it is an alert expression; split it`},
		"other queries are checked too":                       {`query: heat, ageQuery: "heat[1m]"`, oneOfEach, `t:4:39: "ageQuery": it gives a range vector`},
		"inFlight needs to know a recorded window":            {"unit: percent, query: 'a:b', inFlight: {resource: cpu, as: Used, of: Allocatable}", oneOfEach, `t:4:3: metrics[0] needs "window"; write the range of the recording rule, because "inFlight" depends on it`},
		"a written window is believed":                        {"window: 5m, unit: percent, query: 'a:b', inFlight: {resource: cpu, as: Used, of: Allocatable}", oneOfEach, ""},
		"the window of a recording rule may stay in the dark": {"query: 'a:b'", oneOfEach, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := header + "metrics:\n- {name: heat, " + tc.metric + "}\n"
			_, mistakes := Parse("t", []byte(text), infra(tc.sources))
			got := ""
			for _, m := range mistakes {
				got += m.String()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestAMetricWithEverythingIsCompiled(t *testing.T) {
	text := header + `metrics:
- name: stall
  description: what it is
  unit: percent
  query: 100 * rate(stall[2m])
  join: {series: instance, node: internalIP}
  combine: max
  interval: 1m
  maxAge: 5m
  ageQuery: age
  zeroWhile: up
  inFlight: {resource: memory, as: Free, of: Capacity}
  podQuery: pods
  podLabels: {namespace: ns, pod: p}
- {name: heat, unit: celsius, customMetric: {name: gpu, selector: {matchLabels: {a: b}}}}
`
	document, mistakes := Parse("t", []byte(text), infra(oneOfEach))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := []Metric{{
		Name: "stall", Description: "what it is", Unit: UnitPercent, Origin: Origin{"t", 4, 3}, Source: "prom",
		Interval: time.Minute, MaxAge: 5 * time.Minute, InFlight: InFlight{Resource: ResourceMemory, Free: true, Of: OfCapacity},
		Values: Values{
			Query: "100 * rate(stall[2m])", AgeQuery: "age", ZeroWhile: "up", Join: JoinSpec{"instance", "internalIP"}, Combine: "max",
			Window: 2 * time.Minute, PodQuery: "pods", PodLabels: PodLabelsSpec{"ns", "p"},
		},
	}, {
		Name: "heat", Unit: "celsius", Origin: Origin{"t", 17, 3}, Source: "adapter", Interval: 30 * time.Second, MaxAge: 3 * time.Minute,
		Values: Values{Custom: &CustomMetric{"gpu", selector(t, "a in (b)")}, Join: JoinSpec{"auto", "auto"}, Combine: "none"},
	}}
	if diff := cmp.Diff(want, document.Metrics, bySelectorText); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestPreferencesAreCompiled(t *testing.T) {
	all := labels.Everything()
	for sentence, tc := range map[string]struct {
		text string
		want Preference
	}{
		"the least that can be said": {
			"metric: memory, prefer: Low",
			Preference{Metric: "memory", Prefer: PreferLow, Range: &Range{0, 100}, Weight: 1, OnUnknown: Worst, Nodes: all, Pods: all},
		},
		"everything": {
			"metric: memory, prefer: Near, target: 70%, range: [20%, 80%], weight: 7, onUnknown: Neutral, nodes: {matchLabels: {a: b}}, pods: {matchLabels: {c: d}}",
			Preference{
				Metric: "memory", Prefer: PreferNear, Target: 70, Range: &Range{20, 80}, Weight: 7, OnUnknown: Neutral,
				Nodes: selector(t, "a in (b)"), Pods: selector(t, "c in (d)"),
			},
		},
		"a metric that is no share follows the nodes": {
			"metric: cpu-available, prefer: High, minSpread: 500m",
			Preference{Metric: "cpu-available", Prefer: PreferHigh, MinSpread: 0.5, Weight: 1, OnUnknown: Worst, Nodes: all, Pods: all},
		},
		"a share follows the nodes where its author says so": {
			"metric: memory, prefer: Low, minSpread: 5%",
			Preference{Metric: "memory", Prefer: PreferLow, MinSpread: 5, Weight: 1, OnUnknown: Worst, Nodes: all, Pods: all},
		},
		"steady has its own defaults": {
			"metric: memory, prefer: Steady",
			Preference{
				Metric: "memory", Prefer: PreferSteady, Steady: Steady{15 * time.Minute, 1},
				Range: &Range{0, 100}, Weight: 1, OnUnknown: Worst, Nodes: all, Pods: all,
			},
		},
		"steady as its author wants it": {
			"metric: memory, prefer: Steady, steady: {window: 5m, deviations: 2.5}",
			Preference{
				Metric: "memory", Prefer: PreferSteady, Steady: Steady{5 * time.Minute, 2.5},
				Range: &Range{0, 100}, Weight: 1, OnUnknown: Worst, Nodes: all, Pods: all,
			},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := header + "preferences:\n- {name: p, " + tc.text + "}\n"
			document, mistakes := Parse("t", []byte(text), infra(oneOfEach))
			if document == nil {
				t.Fatal(mistakes)
			}
			tc.want.Name, tc.want.Origin = "p", Origin{"t", 4, 3}
			if diff := cmp.Diff([]Preference{tc.want}, document.Preferences, bySelectorText); diff != "" {
				t.Errorf("preferences (-want +got):\n%s", diff)
			}
		})
	}
}
