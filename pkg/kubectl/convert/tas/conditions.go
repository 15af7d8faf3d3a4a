package tas

import (
	"iter"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// condition makes a tree of the rules of a strategy.
func (c *conversion) condition(n *draft.Notes, path strictyaml.Path, s *strategy) *rules.ConditionSpec {
	var branches []rules.ConditionSpec
	for i := range s.Rules {
		branches = append(branches, c.leaf(n, path.Child("rules").Index(i), &s.Rules[i]))
	}
	switch {
	case len(branches) == 1:
		return &branches[0]
	case s.LogicalOperator == allOf:
		return &rules.ConditionSpec{All: branches}
	}
	return &rules.ConditionSpec{Any: branches}
}

// leaf makes a comparison of a rule.
func (c *conversion) leaf(n *draft.Notes, path strictyaml.Path, r *rule) rules.ConditionSpec {
	out := rules.ConditionSpec{Metric: c.metric(path, r.Metricname)}
	target := &strictyaml.Scalar{Text: strconv.FormatInt(c.target(n, path, r), 10)}
	switch r.Operator {
	case greaterThan:
		out.Above = target
	case lessThan:
		out.Below = target
	default:
		out.Equal = target
	}
	return out
}

// target is what a rule compares with.
func (c *conversion) target(n *draft.Notes, path strictyaml.Path, r *rule) int64 {
	if r.Target == nil && !c.At.Broken(path.Child("target")) {
		c.Note(n, draft.Warning, c.At.Value(path), "", "the rule on %s has no target, for which TAS takes 0", r.Metricname)
	}
	if r.Target == nil {
		return 0
	}
	if target := *r.Target; int64(float64(target)) != target {
		c.Note(n, draft.Warning, c.At.Value(path.Child("target")), "", "%d has more digits than a value of telemetry, and is compared as %.0f", target, float64(target))
	}
	return *r.Target
}

// metricForm is that of TAS.
var metricForm = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func (c *conversion) checkMetric(path strictyaml.Path, name string) {
	switch {
	case name == "":
		c.Wrong(path, "name the metric", "the rule has no metricname, and TAS ignores it")
	case !metricForm.MatchString(name):
		c.Wrong(path, "use letters, digits, underscores and hyphens", "TAS accepts no metric %q", strictyaml.Show(name))
	case c.Prometheus && strings.Contains(name, "-"):
		c.Wrong(path, "convert it without --prometheus", "no series can be called %s%s", prefix, name)
	}
}

// prefix is what the adapter of TAS strips from the names of series.
const prefix = "node_"

// metric defines a metric, once in a text, and returns its name here.
func (c *conversion) metric(path strictyaml.Path, called string) string {
	name := c.metricName(called)
	for i := range c.text.Metrics {
		if c.text.Metrics[i].Spec.Name == name {
			return name
		}
	}
	at := c.At.Value(path.Child("metricname"))
	var n draft.Notes
	spec := rules.MetricSpec{Name: name, Source: c.Source}
	if c.Prometheus {
		spec.Query, spec.Join = prefix+called, &rules.JoinSpec{Series: "instance"}
		if strings.HasPrefix(called, prefix) {
			c.Note(&n, draft.Warning, at, "mend the query if it is called "+called, "the adapter of TAS strips %s from the name of a series, so the series of %s is taken for %s", prefix, called, spec.Query)
		}
	} else {
		spec.CustomMetric = &rules.CustomMetricSpec{Name: called}
	}
	c.text.Metrics = append(c.text.Metrics, draft.Item[rules.MetricSpec]{Spec: spec, At: at, Notes: n})
	return name
}

// metricName is the name of a metric here. The built-in ones have names of their own.
func (c *conversion) metricName(called string) string {
	if name, known := c.metrics[called]; known {
		return name
	}
	name := called
	if _, builtIn := c.Rules.Metrics[strings.ToLower(strings.ReplaceAll(called, "_", "-"))]; builtIn {
		name = "tas-" + called
	}
	c.metrics[called] = c.names.For("metric", name)
	return c.metrics[called]
}
