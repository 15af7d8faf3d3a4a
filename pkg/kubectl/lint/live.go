package lint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// CheckSeries is about what the operator's sources answer to the queries of rules; it is
// judged with --live alone.
const CheckSeries rules.Check = "series"

// world is what queries are asked of.
type world struct {
	nodes   []telemetry.Node
	podNode func(ip string) (string, bool)
	// sources are the operator's by name, and broken why some could not be made.
	sources map[string]telemetry.Source
	broken  map[string]error
	// leftOut says what sources are asked without.
	leftOut []string
	now     func() time.Time
}

// Live is how one metric came out when its source was asked.
type Live struct {
	Metric string `json:"metric"`
	Source string `json:"source"`
	// Label is the label by which series were joined, and By what of a node it holds.
	Label string `json:"label,omitempty"`
	By    string `json:"by,omitempty"`
	// Nodes is how many nodes there are. Valued of them have a value that counts; the
	// others have no series, several, an old sample, or a value that does not count.
	Nodes     int `json:"nodes"`
	Valued    int `json:"valued"`
	Silent    int `json:"silent"`
	Ambiguous int `json:"ambiguous"`
	Stale     int `json:"stale"`
	Unusable  int `json:"unusable"`
	// Foreign counts series that name no node.
	Foreign int `json:"foreign"`
	// Fault is why the metric could not be read.
	Fault string `json:"fault,omitempty"`
	// Notes are what is odd about the source although it could be read, such as a clock
	// that is far off.
	Notes []string `json:"notes,omitempty"`
}

// askAll asks the sources for the metrics that were defined, and adds what is wrong with
// the answers.
func (l *library) askAll(ctx context.Context, w world, set *rules.RuleSet) {
	bySource := map[string][]rules.Metric{}
	for _, name := range slices.Sorted(maps.Keys(set.Metrics)) {
		if m := set.Metrics[name]; !m.BuiltIn {
			bySource[m.Source] = append(bySource[m.Source], m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(bySource)) {
		l.ask(ctx, w, name, bySource[name])
	}
}

// ask asks one source for metrics.
func (l *library) ask(ctx context.Context, w world, name string, metrics []rules.Metric) {
	snapshot, notes, err := w.read(ctx, name, metrics)
	for _, m := range metrics {
		one := answer{Live: Live{Metric: m.Name, Source: name, Nodes: len(w.nodes), Notes: notes}, metric: m}
		if err != nil {
			one.Fault = err.Error()
			one.say(l, Error, elsewhereMend(name), "the source %s cannot be read: %v", name, err)
		} else if fault := snapshot.Faults()[m.Name]; fault != "" {
			one.Fault = fault
			one.say(l, Error, "", "the source %s cannot answer: %s", name, fault)
		} else {
			one.judge(l, w, snapshot)
		}
		l.live = append(l.live, one.Live)
	}
}

func elsewhereMend(source string) string {
	return fmt.Sprintf("where it is reached inside of the cluster alone, forward a port to it; write --source-url %s=http://localhost:<port>, or the configuration with --config", source)
}

func (w world) read(ctx context.Context, name string, metrics []rules.Metric) (*telemetry.Snapshot, []string, error) {
	source := w.sources[name]
	if source == nil {
		if err := w.broken[name]; err != nil {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("it is of a type that only the scheduler itself can read")
	}
	want := telemetry.Request{Nodes: w.nodes, PodNode: w.podNode}
	for i := range metrics {
		want.Metrics = append(want.Metrics, evaluator.MetricOf(&metrics[i]))
	}
	reading, err := source.Collect(ctx, want)
	if err != nil {
		return nil, nil, err
	}
	return (*telemetry.Snapshot)(nil).With(reading, w.now()), reading.Notes, nil
}

// answer is what came of one metric.
type answer struct {
	Live
	metric rules.Metric
}

// say adds a finding at the metric.
func (a *answer) say(l *library, severity Severity, mend, format string, args ...any) {
	at := a.metric.Origin
	l.mistake(rules.Mistake{
		File: at.File, Line: at.Line, Column: at.Column, Check: CheckSeries, Warning: severity == Warning,
		Message: fmt.Sprintf("metric %q: ", a.metric.Name) + fmt.Sprintf(format, args...), Mend: mend,
	})
}

// judge counts nodes by what they have, and says what is wrong.
func (a *answer) judge(l *library, w world, snapshot *telemetry.Snapshot) {
	var stale, silent, ambiguous []string
	if t := snapshot.Joins()[a.metric.Name]; t != nil {
		a.Label, a.By, a.Foreign = t.Label, t.By, t.ForeignCount
		silent, ambiguous = t.Silent, t.Ambiguous
		a.Silent, a.Ambiguous = t.SilentCount, t.AmbiguousCount
	}
	reasons := map[string][]string{}
	for _, n := range w.nodes {
		_, at, unknown := snapshot.Sample(a.metric.Name, n.Name)
		switch age := w.now().Sub(at); {
		case unknown != "":
			reasons[unknown] = append(reasons[unknown], n.Name)
		case age > a.metric.MaxAge:
			stale = append(stale, fmt.Sprintf("%s (%s)", n.Name, strictyaml.Duration(age.Round(time.Second))))
		default:
			a.Valued++
		}
	}
	a.Stale = len(stale)
	a.Unusable = a.Nodes - a.Valued - a.Stale - a.Silent - a.Ambiguous
	a.tell(l, silent, ambiguous, stale)
	if a.Unusable > 0 && a.Ambiguous == 0 {
		a.tellUnusable(l, reasons)
	}
}

// tell says which nodes have no value, and what to do about it.
func (a *answer) tell(l *library, silent, ambiguous, stale []string) {
	switch {
	case a.Ambiguous > 0:
		a.say(l, Error, `aggregate them in the query, or write how to "combine" them`,
			"several series belong to one node on %d of %d nodes, such as %s, which are unknown", a.Ambiguous, a.Nodes, few(ambiguous))
	case a.Silent == a.Nodes && a.Nodes > 0 && a.metric.ZeroWhile == "":
		a.say(l, Error, "see whether its query gives any series, and which of their labels names the node", "none of the %d nodes has a series", a.Nodes)
	case a.Silent > 0 && a.metric.ZeroWhile == "":
		a.say(l, Warning, `see whether what measures them runs there; if it is not meant to, select the others by "nodes" of the rules`,
			"%d of %d nodes have no series, such as %s, and are unknown", a.Silent, a.Nodes, few(silent))
	}
	if a.Stale > 0 {
		a.say(l, Warning, `see whether what measures them still runs, or write a longer "maxAge"`,
			"on %d of %d nodes the newest sample is older than %s, such as on %s, and they are unknown", a.Stale, a.Nodes, strictyaml.Duration(a.metric.MaxAge), few(stale))
	}
}

// tellUnusable says what most of the nodes with a value that does not count have.
func (a *answer) tellUnusable(l *library, reasons map[string][]string) {
	names := slices.Sorted(maps.Keys(reasons))
	if len(names) == 0 {
		return
	}
	most := slices.MaxFunc(names, func(x, y string) int { return len(reasons[x]) - len(reasons[y]) })
	a.say(l, Warning, "", "the values of %d of %d nodes do not count, such as that of %s: %s", a.Unusable, a.Nodes, few(reasons[most]), most)
}

// few are the first of several names.
func few(names []string) string { return strings.Join(names[:min(3, len(names))], ", ") }
