package advice

import (
	"math"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckNeverCrossed is about lines that no node of a rule crossed as far as its source
// remembers.
const CheckNeverCrossed rules.Check = "never-crossed"

// leastPast is how much a source must remember before anything is said: less says
// nothing of a day.
const leastPast = time.Hour

func neverCrossed(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		eachLeaf(path.Child("when"), &rule.When, func(at strictyaml.Path, leaf *rules.Leaf) {
			if past, known := j.world.Past[leaf.Metric]; known {
				j.crossed(t, at, rule, leaf, past)
			}
		})
	})
}

func eachLeaf(path strictyaml.Path, c *rules.Condition, visit func(strictyaml.Path, *rules.Leaf)) {
	if c.Leaf != nil {
		visit(path, c.Leaf)
	}
	if c.Not != nil {
		eachLeaf(path.Child("not"), c.Not, visit)
	}
	for i := range c.Any {
		eachLeaf(path.Child("any").Index(i), &c.Any[i], visit)
	}
	for i := range c.All {
		eachLeaf(path.Child("all").Index(i), &c.All[i], visit)
	}
}

// crossed warns where no node of the rule was ever beyond a line.
func (j *judge) crossed(t *Text, path strictyaml.Path, rule *rules.Rule, leaf *rules.Leaf, past Past) {
	beyond, of := Beyond(leaf)
	if beyond == nil {
		return
	}
	nearest, where, covered := math.NaN(), "", time.Duration(0)
	for name, seen := range past.Nodes {
		if !rule.Nodes.Matches(j.world.Nodes[name]) || seen.Covered == 0 {
			continue
		}
		value := of(seen)
		if beyond(value) {
			return
		}
		covered = max(covered, seen.Covered)
		if d := math.Abs(value - leaf.Threshold); where == "" || d < math.Abs(nearest-leaf.Threshold) || value == nearest && name < where {
			nearest, where = value, name
		}
	}
	if covered < leastPast {
		return
	}
	j.warn(t, path, "a line that nothing crosses may be right; else move it, or see whether the metric is in the unit that you think",
		"no node crossed this line in the last %s, of which the source remembers %s, in looks %s apart; the nearest was %s on %s",
		strictyaml.Duration(past.Window), strictyaml.Duration(min(covered, past.Window)), strictyaml.Duration(past.Step),
		engine.FormatValue(nearest, j.set.Metrics[leaf.Metric].Unit), where)
}

// Beyond returns what makes a comparison true, and which of the extremes of a node says
// whether it ever was; nil for a comparison of which extremes tell nothing.
func Beyond(l *rules.Leaf) (beyond func(float64) bool, of func(Extremes) float64) {
	highest := func(e Extremes) float64 { return e.Highest }
	lowest := func(e Extremes) float64 { return e.Lowest }
	switch l.Op {
	case rules.Above:
		return func(v float64) bool { return v > l.Threshold }, highest
	case rules.AtLeast:
		return func(v float64) bool { return v >= l.Threshold }, highest
	case rules.Below:
		return func(v float64) bool { return v < l.Threshold }, lowest
	case rules.AtMost:
		return func(v float64) bool { return v <= l.Threshold }, lowest
	}
	return nil, nil
}
