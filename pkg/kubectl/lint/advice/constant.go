package advice

import (
	"fmt"
	"math"
	"strconv"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckConstant is about conditions whose outcome no measurement changes.
const CheckConstant rules.Check = "constant"

func constant(j *judge) {
	j.eachRule(func(t *Text, path strictyaml.Path, _ *rules.RuleSpec, rule *rules.Rule) {
		j.settled(t, path.Child("when"), &rule.When)
	})
}

// settled visits a tree for what is never or always true.
func (j *judge) settled(t *Text, path strictyaml.Path, c *rules.Condition) {
	if c.Leaf != nil {
		j.beyond(t, path, c.Leaf)
	}
	if c.Not != nil {
		j.settled(t, path.Child("not"), c.Not)
	}
	j.settledAmong(t, path.Child("any"), c.Any, true)
	j.settledAmong(t, path.Child("all"), c.All, false)
}

// settledAmong looks for two comparisons that settle a list: in all, such as are never true
// together; in any, such of which one is always true. On a line no three settle what no
// two of them do.
func (j *judge) settledAmong(t *Text, path strictyaml.Path, branches []rules.Condition, any bool) {
	for i := range branches {
		j.settled(t, path.Index(i), &branches[i])
		for k := range branches[:i] {
			a, b := branches[k].Leaf, branches[i].Leaf
			switch {
			case a == nil || b == nil || a.Metric != b.Metric:
				continue
			case any && one(a, b):
				j.warn(t, path.Index(i), `write "all" for a range, or move a threshold`, "this or %s is true whatever %s is, so the list always is", a, a.Metric)
			case !any && !both(a, b):
				j.warn(t, path.Index(i), `write "any" if one is enough, or move a threshold`, "this and %s are never true together, so the list never is", a)
			default:
				continue
			}
			break
		}
	}
}

// span holds the values between two ends; in says whether an end is one of them.
type span struct {
	low, high     float64
	lowIn, highIn bool
}

// reach is where a comparison can be true: what became true stays so until the value is
// beyond its second line. All values are within reach of one that is no span.
func reach(l *rules.Leaf) span {
	out := span{low: math.Inf(-1), high: math.Inf(1)}
	switch l.Op {
	case rules.Above, rules.AtLeast:
		out.low, out.lowIn = l.Clear, l.Op == rules.AtLeast && l.Clear == l.Threshold
	case rules.Below, rules.AtMost:
		out.high, out.highIn = l.Clear, l.Op == rules.AtMost && l.Clear == l.Threshold
	case rules.Equal:
		out = span{l.Threshold, l.Threshold, true, true}
	}
	return out
}

// both reports whether two comparisons of one metric can be true together.
func both(a, b *rules.Leaf) bool {
	x, y := reach(a), reach(b)
	return meet(x, y) && meet(y, x)
}

// meet reports whether something of x is not above all of y.
func meet(x, y span) bool { return x.low < y.high || x.low == y.high && x.lowIn && y.highIn }

// one reports whether one of two comparisons of one metric is true whatever its value is,
// before any second line counts.
func one(a, b *rules.Leaf) bool {
	if upward(b) {
		a, b = b, a
	}
	inclusive := a.Op == rules.AtLeast || b.Op == rules.AtMost
	return upward(a) && downward(b) && (a.Threshold < b.Threshold || a.Threshold == b.Threshold && inclusive)
}

func upward(l *rules.Leaf) bool   { return l.Op == rules.Above || l.Op == rules.AtLeast }
func downward(l *rules.Leaf) bool { return l.Op == rules.Below || l.Op == rules.AtMost }

// mostUsed is what no node uses of what it may allocate, in percent: it may use more than
// all of it, since a part of the node is kept for the system.
const mostUsed = 500

// leastMemory is what no node has so little of, in bytes.
const leastMemory = 1 << 20

// beyond warns of a threshold that a metric is always, or never, on one side of. Those of
// built-in metrics that no measurement can cross are mistakes already.
func (j *judge) beyond(t *Text, path strictyaml.Path, l *rules.Leaf) {
	m := j.set.Metrics[l.Metric]
	share := m.Unit == rules.UnitPercent || m.Unit == rules.UnitRatio
	switch {
	case share && !m.BuiltIn && (l.Threshold < 0 || l.Threshold == 0 && (l.Op == rules.Below || l.Op == rules.AtLeast)):
		j.warnBeyond(t, path, l, upward(l) || l.Op == rules.NotEqual, "", fmt.Sprintf("a share such as %s is seldom negative", l.Metric))
	case m.BuiltIn && share && m.Name != rules.MetricPods && l.Threshold == 0 && (l.Op == rules.Above || l.Op == rules.AtMost || l.Op == rules.NotEqual || l.Op == rules.Equal):
		j.warnBeyond(t, path, l, l.Op == rules.Above || l.Op == rules.NotEqual, "", fmt.Sprintf("every node uses some %s", l.Metric))
	case m.BuiltIn && share && l.Threshold >= mostUsed:
		j.warnBeyond(t, path, l, downward(l) || l.Op == rules.NotEqual, "did you mean "+strconv.FormatFloat(l.Threshold/10, 'f', -1, 64)+"%?", fmt.Sprintf("no node comes near %s of %s", l.Written, l.Metric))
	case m.Name == rules.MetricMemoryAvailable && m.BuiltIn && l.Threshold > 0 && l.Threshold < leastMemory:
		j.warnBeyond(t, path, l, upward(l) || l.Op == rules.NotEqual, "did you mean "+l.Written+"Gi?", fmt.Sprintf("%s counts bytes, and %s is next to none", l.Metric, l.Written))
	}
}

func (j *judge) warnBeyond(t *Text, path strictyaml.Path, l *rules.Leaf, always bool, mend, why string) {
	outcome := "hardly ever"
	if always {
		outcome = "nearly always"
	}
	j.warn(t, path.Child(string(l.Op)), mend, "%s, so this is %s true", why, outcome)
}
