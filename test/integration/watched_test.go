package integration

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	promapi "github.com/prometheus/client_golang/api"
	prom "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/grafana"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

const (
	filesOfTheChart = "../../manifests/charts/telemetry-scheduler/files/"
	// watchedJob is the job that the alerts name as they stand.
	watchedJob = "telemetry-scheduler"
)

// promql reads what alerts and panels ask.
var promql = parser.NewParser(parser.Options{})

// watcher is a Prometheus that scrapes a scheduler and its nodes, as operators do.
type watcher struct {
	*release
	api   prom.API
	since time.Time
}

// watched starts a Prometheus with the rights that the documentation gives it.
func (r *release) watched(nodes testbed.Nodes) *watcher {
	r.t.Helper()
	for _, line := range []string{
		"kubectl create serviceaccount metrics-reader -n %s",
		"kubectl create clusterrole %s-metrics --verb=get --non-resource-url=/metrics",
		"kubectl create clusterrolebinding %s-metrics --clusterrole=%[1]s-metrics --serviceaccount=%[1]s:metrics-reader",
	} {
		kubectl(r.t, r.bed, command{line: fmt.Sprintf(line, r.name)}, "")
	}
	r.token("metrics-reader")
	at, err := url.Parse(r.URL)
	r.must(err)
	scrape := fmt.Sprintf(`- job_name: %s
  scheme: https
  tls_config: {insecure_skip_verify: true}
  authorization: {credentials_file: %s}
  static_configs: [{targets: [%q], labels: {namespace: %s}}]
`, watchedJob, filepath.Join(r.bed.Dir, r.name+".metrics-reader.token"), at.Host, r.name)
	alerts, err := filepath.Abs(filesOfTheChart + "alerts.yaml")
	r.must(err)
	server, err := r.bed.StartPrometheus(r.t.Context(), testbed.Prometheus{
		Name: "prom-" + r.name, Scrapes: []string{scrape, r.bed.KubeletScrape(nodes, named)}, More: "rule_files: [" + alerts + "]\n",
	})
	r.must(err)
	client, err := promapi.NewClient(promapi.Config{Address: server.URL})
	r.must(err)
	return &watcher{release: r, api: prom.NewAPI(client), since: time.Now()}
}

// values are what Grafana puts in the place of variables at a scrape interval of 1 s, where
// people chose the release and all of the rest.
func (w *watcher) values() map[string]string {
	return map[string]string{"release": watchedJob, "namespace": ".*", "rule": ".*", "node_label": "node", "__rate_interval": "16s"}
}

// panelsHaveData places pods until every query of the dashboard has had a number to show.
func (w *watcher) panelsHaveData() {
	d, err := grafana.Read(filesOfTheChart + "dashboard.json")
	w.must(err)
	missing, round := queriesOf(d), 0
	if len(missing) < 30 {
		w.t.Fatalf("the dashboard has only %d queries", len(missing))
	}
	w.eventually(func(ctx context.Context) error {
		round++
		w.addMany(fmt.Sprintf("seen-%d", round), 5)
		missing = slices.DeleteFunc(missing, func(q query) bool { return w.shows(ctx, q) == nil })
		if len(missing) > 0 {
			return fmt.Errorf("%d panels show nothing, such as %q: %w", len(missing), missing[0].title, w.shows(ctx, missing[0]))
		}
		return nil
	})
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			w.offers(v)
		}
	}
}

// query is one of a panel.
type query struct {
	title string
	grafana.Target
}

func queriesOf(d *grafana.Dashboard) (out []query) {
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			out = append(out, query{p.Title, target})
		}
	}
	return out
}

// shows returns nil where a query has a number, with all labels that its legend names.
func (w *watcher) shows(ctx context.Context, q query) error {
	expr, _ := grafana.Fill(q.Expr, w.values())
	for _, s := range w.ask(ctx, expr, q.Instant) {
		for _, name := range labelsOf(q.LegendFormat) {
			if s.Metric[model.LabelName(name)] == "" {
				return fmt.Errorf("%s has no label %s in %v", expr, name, s.Metric)
			}
		}
		if slices.ContainsFunc(s.Values, func(p model.SamplePair) bool { return p.Value == p.Value }) {
			return nil
		}
	}
	return fmt.Errorf("%s has no number", expr)
}

// labelsOf are those that a legend names as {{label}}.
func labelsOf(legend string) (names []string) {
	for part := range strings.SplitSeq(legend, "{{") {
		if name, _, found := strings.Cut(part, "}}"); found {
			names = append(names, name)
		}
	}
	return names
}

// ask asks as a panel does: for now, or for all the time since the server began.
func (w *watcher) ask(ctx context.Context, expr string, instant bool) model.Matrix {
	w.t.Helper()
	if !instant {
		got, _, err := w.api.QueryRange(ctx, expr, prom.Range{Start: w.since, End: time.Now(), Step: time.Second})
		w.must(err)
		return got.(model.Matrix)
	}
	got, _, err := w.api.Query(ctx, expr, time.Now())
	w.must(err)
	var out model.Matrix
	for _, s := range got.(model.Vector) {
		out = append(out, &model.SampleStream{Metric: s.Metric, Values: []model.SamplePair{{Timestamp: s.Timestamp, Value: s.Value}}})
	}
	return out
}

// offers makes sure that people find something to choose.
func (w *watcher) offers(v grafana.Variable) {
	w.t.Helper()
	text, _ := grafana.Fill(v.Definition, w.values())
	inner, found := strings.CutPrefix(strings.TrimSuffix(text, ")"), "label_values(")
	cut := strings.LastIndex(inner, ",")
	if !found || cut < 0 {
		w.t.Fatalf("the variable %s is defined by %s", v.Name, text)
	}
	values, _, err := w.api.LabelValues(w.t.Context(), strings.TrimSpace(inner[cut+1:]), []string{inner[:cut]}, w.since, time.Now())
	if err != nil || len(values) == 0 {
		w.t.Errorf("of %s there is nothing to choose: %v", v.Name, err)
	}
}

// noAlertOfFaults waits until Prometheus has evaluated each alert without an error, and wants
// none of those that tell of a fault to begin.
func (w *watcher) noAlertOfFaults() {
	faults := []string{"Down", "EvaluationStuck", "SourceDown", "StaleTelemetry", "RulesRejected", "EvictionLoop"}
	w.eventually(func(ctx context.Context) error {
		got, err := w.api.Rules(ctx, nil)
		if err != nil || len(got.Groups) != 1 {
			return fmt.Errorf("there are %d groups: %w", len(got.Groups), err)
		}
		for _, r := range got.Groups[0].Rules {
			rule := r.(prom.AlertingRule)
			if rule.Health != prom.RuleHealthGood {
				return fmt.Errorf("%s is %s: %s", rule.Name, rule.Health, rule.LastError)
			}
			if slices.Contains(faults, strings.TrimPrefix(rule.Name, "TelemetryScheduler")) && len(rule.Alerts) > 0 {
				return fmt.Errorf("%s begins: %v", rule.Name, rule.Alerts[0].Annotations)
			}
		}
		return nil
	})
}

// alertsAskForWhatThereIs takes each selector of each alert, and wants series that have every
// label that it matches or groups by, whatever their values.
func (w *watcher) alertsAskForWhatThereIs() {
	groups, mistakes := rulefmt.ParseFile(filesOfTheChart+"alerts.yaml", false, model.UTF8Validation, promql, slog.New(slog.DiscardHandler))
	if len(mistakes) > 0 {
		w.t.Fatal(mistakes)
	}
	asked := 0
	for _, rule := range groups.Groups[0].Rules {
		expr, err := promql.ParseExpr(rule.Expr)
		w.must(err)
		parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
			if s, is := n.(*parser.VectorSelector); is {
				if strings.HasPrefix(s.Name, "kube_") {
					w.isOfKubeStateMetrics(s)
				} else {
					w.exists(s, path)
					asked++
				}
			}
			return nil
		})
	}
	if asked < 15 {
		w.t.Errorf("only %d selectors were found", asked)
	}
}

func (w *watcher) exists(s *parser.VectorSelector, path []parser.Node) {
	w.t.Helper()
	labels := []string{}
	for _, m := range s.LabelMatchers {
		if m.Name != "job" && m.Name != model.MetricNameLabel {
			labels = append(labels, m.Name)
		}
	}
	for _, n := range path {
		if a, is := n.(*parser.AggregateExpr); is && !a.Without {
			labels = append(labels, a.Grouping...)
		}
	}
	selector := fmt.Sprintf("%s{job=%q", s.Name, watchedJob)
	for _, name := range labels {
		selector += fmt.Sprintf(", %s!=\"\"", name)
	}
	if got := w.ask(w.t.Context(), "count(last_over_time("+selector+"}[1h]))", true); len(got) == 0 {
		w.t.Errorf("an alert asks for %s, and there is no series %s}", s, selector)
	}
}

// ofKubeStateMetrics are the labels of its series, as its documentation of version 2.11 and
// later has them: it is no part of the testbed.
var ofKubeStateMetrics = map[string][]string{
	"kube_pod_scheduler":        {"namespace", "pod", "uid", "name"},
	"kube_pod_status_phase":     {"namespace", "pod", "uid", "phase"},
	"kube_pod_status_scheduled": {"namespace", "pod", "uid", "condition"},
	"kube_node_spec_taint":      {"node", "key", "value", "effect"},
	"kube_pod_created":          {"namespace", "pod", "uid"},
	"kube_lease_renew_time":     {"lease"},
}

func (w *watcher) isOfKubeStateMetrics(s *parser.VectorSelector) {
	w.t.Helper()
	known, found := ofKubeStateMetrics[s.Name]
	for _, m := range s.LabelMatchers {
		if !found || m.Name != model.MetricNameLabel && !slices.Contains(known, m.Name) {
			w.t.Errorf("kube-state-metrics has no %s", s)
		}
	}
}
