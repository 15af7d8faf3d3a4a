package descheduler

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// resources are what measured use knows of, in the order of our output.
var resources = []string{rules.MetricCPU, rules.MetricMemory, rules.MetricPods}

// metricResource is what thresholds of a Prometheus query are called.
const metricResource = "MetricResource"

// balancing is the conversion of one profile's LowNodeUtilization.
type balancing struct {
	*conversion
	// said is about the arguments of the plugin.
	said *draft.Reporter
	args utilization
	text *draft.Text
	// at is where the profile enables the plugin.
	at    strictyaml.Position
	notes draft.Notes
}

// balance makes rules of LowNodeUtilization.
func (c *conversion) balance(text *draft.Text, path strictyaml.Path, p *profile) {
	b := &balancing{conversion: c, text: text}
	enabled := path.Child("plugins").Child("balance").Child("enabled")
	b.at = c.At.Value(enabled.Index(slices.Index(p.Plugins.Balance.Enabled, lowNodeUtilization)))
	if b.said = c.args(path, p, lowNodeUtilization, &b.args); b.said == nil {
		c.Remark(draft.Error, b.at, "", "the plugin %s has no arguments", lowNodeUtilization)
		return
	}
	if b.measured() && b.checked() {
		b.rules(path, p)
	}
	c.Reporter.Remarks = append(c.Reporter.Remarks, b.said.Remarks...)
}

// measured reports whether the plugin goes by measured use.
func (b *balancing) measured() bool {
	m := b.args.MetricsUtilization
	if b.said.At.Broken(root + ".metricsUtilization") {
		return false
	}
	if m == nil || !m.MetricsServer && m.Source == "" {
		b.said.Remark(draft.Warning, b.said.At.Key(root+".metricsUtilization"), "leave it to the descheduler", "without metricsUtilization the plugin goes by requests and not by telemetry, and is not converted")
		return false
	}
	switch {
	case m.MetricsServer, m.Source == kubernetesMetrics:
		return true
	case m.Source != prometheusMetrics:
		b.said.Wrong(root+".metricsUtilization.source", strictyaml.DidYouMean(m.Source, []string{kubernetesMetrics, prometheusMetrics}), "there is no source %q", strictyaml.Show(m.Source))
	case m.Prometheus == nil || m.Prometheus.Query == "":
		b.said.Wrong(root+".metricsUtilization.prometheus.query", "write the query", "the source Prometheus needs a query")
	default:
		return true
	}
	return false
}

func (b *balancing) prometheus() bool {
	return !b.args.MetricsUtilization.MetricsServer && b.args.MetricsUtilization.Source == prometheusMetrics
}

// checked finds thresholds that cannot be converted.
func (b *balancing) checked() bool {
	if b.args.UseDeviationThresholds {
		b.said.Wrong(root+".useDeviationThresholds", "write thresholds that are percentages", "a rule compares with a fixed value, not with the mean of the nodes")
	}
	if len(b.args.TargetThresholds) == 0 {
		b.said.Wrong(root+".targetThresholds", "write some", "the plugin has no targetThresholds")
	}
	for _, field := range []string{"thresholds", "targetThresholds"} {
		for name, value := range b.thresholds(field) {
			b.checkThreshold(root.Child(field).Key(name), name, value)
		}
	}
	for name := range b.args.TargetThresholds {
		if _, both := b.args.Thresholds[name]; !both {
			b.said.Wrong(root.Child("targetThresholds").Key(name), "write it in thresholds too", "%s has no threshold below which a node is underutilized", name)
		}
	}
	for name := range b.args.Thresholds {
		if _, both := b.args.TargetThresholds[name]; !both {
			b.said.Wrong(root.Child("thresholds").Key(name), "write it in targetThresholds too", "%s has no threshold above which a node is overutilized", name)
		}
	}
	return !b.said.Failed()
}

func (b *balancing) thresholds(field string) map[string]strictyaml.Scalar {
	if field == "thresholds" {
		return b.args.Thresholds
	}
	return b.args.TargetThresholds
}

func (b *balancing) checkThreshold(path strictyaml.Path, name string, value strictyaml.Scalar) {
	known := resources
	if b.prometheus() {
		known = []string{metricResource}
	}
	if number, err := strictyaml.Number(value.Text); err != nil || number < 0 || number > 100 {
		b.said.Wrong(path, "", "a threshold is a number from 0 to 100, not %s", strictyaml.Show(value.Text))
	}
	if !slices.Contains(known, name) {
		b.said.Wrong(path, strictyaml.DidYouMean(name, known), "the use of %q is not measured", strictyaml.Show(name))
	}
}

// rules makes what moves pods, and on request what keeps new ones off.
func (b *balancing) rules(path strictyaml.Path, p *profile) {
	nodes := b.nodes()
	when := b.branches("targetThresholds", func(c *rules.ConditionSpec, limit *strictyaml.Scalar) {
		if c.Above = limit; !b.prometheus() {
			c.Clear = limit
		}
	})
	over := rules.ConditionSpec{Any: when}
	if len(when) == 1 {
		over = when[0]
	}
	if b.Block {
		b.add(rules.RuleSpec{Name: b.name(p, "block"), When: &over, Nodes: nodes, Actions: &rules.ActionsSpec{Block: &rules.BlockSpec{}}}, nil)
	}
	spec := rules.RuleSpec{Name: b.name(p, "relieve"), When: &over, Nodes: nodes, Namespaces: b.namespaces()}
	spec.Actions = &rules.ActionsSpec{Evict: b.evict()}
	b.evictor(path, p, &spec)
	b.said.Note(&b.notes, draft.Note, b.at, "", "the descheduler evicts in each of its cycles; this rule moves pods once it has been firing for 5m, and only those that have a home")
	b.said.Note(&b.notes, draft.Note, b.at, "what it may move is written under allow", "a rule moves no pods of Jobs, of other schedulers, with volume claims or with resource claims unless it allows them")
	b.add(spec, b.notes)
}

func (b *balancing) name(p *profile, what string) string {
	return b.names.For("rule", "descheduler-"+p.Name+"-"+what)
}

func (b *balancing) add(spec rules.RuleSpec, notes draft.Notes) {
	b.text.Rules = append(b.text.Rules, draft.Item[rules.RuleSpec]{Spec: spec, At: b.at, Notes: notes})
}

// branches makes a comparison of each threshold.
func (b *balancing) branches(field string, compare func(*rules.ConditionSpec, *strictyaml.Scalar)) (out []rules.ConditionSpec) {
	limits := b.thresholds(field)
	for _, name := range append(slices.Clone(resources), metricResource) {
		limit, written := limits[name]
		if !written {
			continue
		}
		one := rules.ConditionSpec{Metric: name}
		if name == metricResource {
			one.Metric = b.metric()
		}
		compare(&one, &strictyaml.Scalar{Text: limit.Text + "%"})
		out = append(out, one)
	}
	return out
}

// metric defines the metric of a Prometheus query, once.
func (b *balancing) metric() string {
	name := b.names.For("metric", b.text.Name)
	if len(b.text.Metrics) == 0 {
		b.text.Metrics = append(b.text.Metrics, draft.Item[rules.MetricSpec]{
			At: b.said.At.Value(root + ".metricsUtilization.prometheus.query"),
			Spec: rules.MetricSpec{
				Name: name, Unit: rules.UnitRatio, Query: b.args.MetricsUtilization.Prometheus.Query,
				Source: b.Source, Join: &rules.JoinSpec{Series: "instance", Node: "name"},
			},
		})
	}
	return name
}
