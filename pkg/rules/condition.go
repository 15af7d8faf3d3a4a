package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Bounds of a tree. They are far beyond what a reader can follow, and they keep
// a hostile file from costing the scheduler much.
const (
	maxDepth  = 10
	maxLeaves = 50
)

// comparisonNames are the fields of which a leaf has exactly one.
var comparisonNames = []string{string(Above), string(AtLeast), string(Below), string(AtMost), string(Equal), string(NotEqual)}

// comparison is one written comparison of a leaf.
type comparison struct {
	op        Op
	threshold *strictyaml.Scalar
}

// comparisons are those that were written, in a fixed order.
func (c *ConditionSpec) comparisons() []comparison {
	all := []comparison{
		{Above, c.Above}, {AtLeast, c.AtLeast}, {Below, c.Below},
		{AtMost, c.AtMost}, {Equal, c.Equal}, {NotEqual, c.NotEqual},
	}
	return slices.DeleteFunc(all, func(c comparison) bool { return c.threshold == nil })
}

// condition checks and compiles a whole tree.
func (v *validator) condition(path strictyaml.Path, c *ConditionSpec) Condition {
	defer v.judging(CheckCondition)()
	leaves := 0
	compiled := v.tree(path, c, 1, &leaves)
	if leaves > maxLeaves {
		v.value(path, "split the rule", "%q compares %d times, and at most %d are allowed", path.Last(), leaves, maxLeaves)
	}
	return compiled
}

// tree compiles one node of a tree and counts its leaves.
func (v *validator) tree(path strictyaml.Path, c *ConditionSpec, depth int, leaves *int) Condition {
	if depth > maxDepth {
		v.value(path, "split the rule", "conditions stand more than %d deep in each other here", maxDepth)
		return Condition{}
	}
	switch kind := v.kindOf(path, c); kind {
	case "any":
		return Condition{Any: v.branches(path.Child(kind), c.Any, depth, leaves)}
	case "all":
		return Condition{All: v.branches(path.Child(kind), c.All, depth, leaves)}
	case "not":
		inner := v.tree(path.Child(kind), orZero(c.Not), depth+1, leaves)
		return Condition{Not: &inner}
	case "metric":
		*leaves++
		leaf := v.leaf(path, c)
		return Condition{Leaf: &leaf}
	}
	return Condition{}
}

// orZero is what a pointer points to, or a zero value where decoding failed.
func orZero[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

// branches compiles the entries of any or all.
func (v *validator) branches(path strictyaml.Path, list []ConditionSpec, depth int, leaves *int) []Condition {
	if len(list) == 0 {
		v.value(path, "list some or remove it", "%q holds no condition", path.Last())
	}
	compiled := make([]Condition, len(list))
	for i := range list {
		compiled[i] = v.tree(path.Index(i), &list[i], depth+1, leaves)
	}
	return compiled
}

// kindOf says which of the four kinds a condition is; "" after a report.
func (v *validator) kindOf(path strictyaml.Path, c *ConditionSpec) string {
	var kinds []string
	for _, kind := range []string{"metric", "any", "all", "not"} {
		if v.at.Has(path.Child(kind)) || kind == "metric" && v.looksLikeLeaf(path) {
			kinds = append(kinds, kind)
		}
	}
	switch {
	case len(kinds) == 1:
		return kinds[0]
	case len(kinds) > 1:
		v.key(path.Child(kinds[1]), "nest them, or keep one", "%q and %q stand side by side, and a condition is one of them", kinds[0], kinds[1])
	case !v.anyBroken(path, "metric", "any", "all", "not"):
		v.value(path, `write it like {metric: memory, above: 90%}`, "%q holds no condition", path.Last())
	}
	return ""
}

// looksLikeLeaf reports whether the fields of a leaf stand without its metric.
func (v *validator) looksLikeLeaf(path strictyaml.Path) bool {
	return slices.ContainsFunc(append(comparisonNames, "clear"), func(name string) bool { return v.at.Has(path.Child(name)) })
}

// leaf compiles one comparison.
func (v *validator) leaf(path strictyaml.Path, c *ConditionSpec) Leaf {
	metric, known := v.metric(path, c.Metric)
	compared := c.comparisons()
	switch {
	case len(compared) > 1:
		second := path.Child(string(compared[1].op))
		v.key(second, `write a range as "all" of two conditions`, "%q and %q stand in one condition", compared[0].op, compared[1].op)
	case len(compared) == 0 && !v.anyBroken(path, comparisonNames...):
		v.value(path, "write it like {metric: memory, above: 90%}", "the condition on %s compares with nothing", c.Metric)
	case len(compared) == 1 && known:
		return v.compare(path, c, compared[0], metric)
	}
	return Leaf{Metric: c.Metric}
}

// metric looks a metric up by the name in the field "metric".
func (v *validator) metric(path strictyaml.Path, name string) (Metric, bool) {
	defer v.judging(CheckMetric)()
	metric, known := v.metrics[name]
	switch {
	case name == "":
		v.missing(path, "metric", "the known ones are "+v.metricNames())
	case !known && !v.at.Broken("metrics"):
		v.value(path.Child("metric"), strictyaml.DidYouMean(name, slices.Sorted(maps.Keys(v.metrics))), "no metric is called %q", strictyaml.Show(name))
	}
	return metric, known
}

// compare compiles a leaf whose metric and comparison are known.
func (v *validator) compare(path strictyaml.Path, c *ConditionSpec, by comparison, metric Metric) Leaf {
	defer v.judging(CheckThreshold)()
	leaf := Leaf{Metric: metric.Name, Op: by.op, Written: by.threshold.Text}
	field := path.Child(string(by.op))
	threshold, problem := parseThreshold(*by.threshold, metric)
	if problem != nil {
		v.problem(field, problem)
		return leaf
	}
	leaf.Threshold, leaf.Clear = threshold, threshold
	if metric.BuiltIn {
		v.possible(field, leaf)
	}
	if c.Clear != nil {
		leaf.Clear = v.clear(path.Child("clear"), *c.Clear, leaf, metric)
	}
	return leaf
}

// clear compiles the level at which a leaf becomes False again.
func (v *validator) clear(path strictyaml.Path, written strictyaml.Scalar, leaf Leaf, metric Metric) float64 {
	defer v.judging(CheckClear)()
	level, problem := parseThreshold(written, metric)
	side := ""
	switch {
	case leaf.Op == Equal || leaf.Op == NotEqual:
		v.key(path, "remove it", "%q has no meaning with %q", "clear", leaf.Op)
	case problem != nil:
		v.problem(path, problem)
	case (leaf.Op == Above || leaf.Op == AtLeast) && level > leaf.Threshold:
		side = "less"
	case (leaf.Op == Below || leaf.Op == AtMost) && level < leaf.Threshold:
		side = "more"
	}
	if side != "" {
		v.value(path, "write "+leaf.Written+" or "+side, `"clear" is on the wrong side: the condition is "%s %s", and %s already fulfils it`, leaf.Op, leaf.Written, strictyaml.Show(written.Text))
	}
	return level
}

// mostPercent is far beyond what a node can use of what it may allocate.
const mostPercent = 1000

// possible reports a comparison of a built-in metric, which is never negative,
// whose outcome no measurement can change.
func (v *validator) possible(path strictyaml.Path, leaf Leaf) {
	outcome := ""
	switch below := leaf.Threshold < 0; {
	case leaf.Op == Below && leaf.Threshold <= 0, below && (leaf.Op == AtMost || leaf.Op == Equal):
		outcome = "can never be true"
	case leaf.Op == AtLeast && leaf.Threshold <= 0, below && (leaf.Op == Above || leaf.Op == NotEqual):
		outcome = "is always true"
	}
	switch {
	case outcome != "":
		v.value(path, "", "%s is never negative, so this %s", leaf.Metric, outcome)
	case v.metrics[leaf.Metric].Unit == UnitPercent && leaf.Threshold > mostPercent:
		v.value(path, fmt.Sprintf("did you mean %s%%?", formatNumber(leaf.Threshold/100)), "%s is measured in percent and never reaches %s", leaf.Metric, leaf.Written)
	}
}
