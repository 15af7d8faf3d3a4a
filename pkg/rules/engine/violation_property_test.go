package engine_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// TestLeastViolatingAgreesWithARecount asks random histories for the node that breaks
// the governing rules least, and looks at all nodes with the eyes of the reference.
func TestLeastViolatingAgreesWithARecount(t *testing.T) {
	first, count := *seed, uint64(1000)
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		count = fewHistories
	}
	t.Logf("seeds from %d on", first)
	choices := 0
	for i := range count {
		h := giveWay(decode(randomBytes(first + i)))
		n, difference := compareViolations(t, h)
		if choices += n; difference != "" {
			t.Fatalf("repeat it with -seed=%d\n%s\n%v", first+i, difference, h)
		}
	}
	if choices < int(count)/10 {
		t.Errorf("only %d times were there two nodes that break a rule", choices)
	}
}

// giveWay makes every rule that blocks a lenient one.
func giveWay(h *history) *history {
	for _, tick := range h.ticks {
		for i := range tick.set.Rules {
			if tick.set.Rules[i].Block != nil {
				tick.set.Rules[i].Block = &rules.Block{WhenAllBlocked: rules.ScheduleAnyway}
			}
		}
	}
	return h
}

// compareViolations counts the questions for which there was something to choose.
func compareViolations(t testing.TB, h *history) (choices int, difference string) {
	m := &machine{t: t, grace: h.grace}
	for i := range h.ticks {
		board, _ := m.advance(&h.ticks[i])
		v := newView(newReference(&history{h.grace, h.ticks[:i+1]}))
		for j := range h.ticks[i].asked {
			q := &h.ticks[i].asked[j]
			want := v.violations(q)
			if len(want) > 1 && want[1].Firing+len(want[1].broken) > 0 {
				choices++
			}
			if difference = compareLeast(board, q, want); difference != "" {
				return choices, fmt.Sprintf("tick %d, question %d: %s", i, j, difference)
			}
		}
	}
	return choices, ""
}

func compareLeast(board *engine.Board, q *question, want []recount) string {
	governing := board.Lenient(board.Govern(q.pod))
	var candidates []engine.Candidate
	for _, w := range want {
		c := engine.Candidate{Node: w.Node, Need: q.need, Arrived: q.arrived, Requested: q.requested}
		candidates = append([]engine.Candidate{c}, candidates...)
		if got, _ := board.Violation(governing, c); !w.equal(&got) {
			return fmt.Sprintf("node %s: recount %+v %q, engine %+v", w.Node, w.Violation, w.broken, got)
		}
	}
	got, found := board.LeastViolating(governing, candidates)
	if found != (len(want) > 0) || found && compareBadness(&want[0], &recount{Violation: got}) != 0 {
		return fmt.Sprintf("least violating: recount %+v, engine %+v", want[0].Violation, got)
	}
	return ""
}

// recount is a Violation as the reference sees it.
type recount struct {
	engine.Violation
	broken []string
}

// near is what rounding may do to a sum.
const near = 1e-9

func (r *recount) equal(got *engine.Violation) bool {
	var broken []string
	for _, b := range got.Breaks {
		broken = append(broken, b.Rule.Name)
	}
	return r.Node == got.Node && r.Firing == got.Firing && r.Unknown == got.Unknown &&
		math.Abs(r.Overshoot-got.Overshoot) < near && slices.Equal(r.broken, broken)
}

// compareBadness leaves the name out: whether two sums are equal is up to rounding.
func compareBadness(a, b *recount) int {
	apart := a.Overshoot - b.Overshoot
	if math.Abs(apart) < near {
		apart = 0
	}
	return cmp.Or(
		cmp.Compare(a.Firing, b.Firing), cmp.Compare(a.Unknown, b.Unknown), cmp.Compare(apart, 0))
}

// violations looks at each node, and sorts them.
func (v *view) violations(q *question) []recount {
	var out []recount
	for _, name := range v.now().names() {
		r := recount{Violation: engine.Violation{Node: name}}
		nothing := *q
		nothing.need = engine.Amounts{}
		broken, already := v.wouldBreak(q, name), v.wouldBreak(&nothing, name)
		for i := range v.now().set.Rules {
			if rule := &v.now().set.Rules[i]; v.governs(rule, &q.pod) {
				v.recountRule(&r, q, rule, slices.Contains(broken, rule), slices.Contains(already, rule))
			}
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b recount) int { return compareBadness(&a, &b) })
	return out
}

func (v *view) recountRule(r *recount, q *question, rule *rules.Rule, wouldBreak, already bool) {
	j := v.judgements[rule.Key()][r.Node]
	fires := v.blocks(rule, r.Node)
	if !fires && !wouldBreak {
		return
	}
	r.broken = append(r.broken, rule.Name)
	if fires || already {
		r.Firing++
	}
	if fires && j.truth == engine.Unknown {
		r.Unknown++
		return
	}
	if degree := v.degree(forecast{j.life, q}, &rule.When, false); degree > 0 {
		r.Overshoot += degree
	}
}

// degree is how far a condition, or its negation, is from False.
func (v *view) degree(f forecast, c *rules.Condition, negated bool) float64 {
	if c.Not != nil {
		return v.degree(f, c.Not, !negated)
	}
	if c.Leaf != nil {
		return v.leafDegree(f, c.Leaf, negated)
	}
	var all []float64
	for _, branch := range slices.Concat(c.Any, c.All) {
		all = append(all, v.degree(f, &branch, negated))
	}
	if (len(c.Any) > 0) != negated {
		return slices.Max(all)
	}
	return slices.Min(all)
}

func (v *view) leafDegree(f forecast, leaf *rules.Leaf, negated bool) float64 {
	metric := f.now().set.Metrics[leaf.Metric]
	sample, known := f.sample(metric)
	value, rising := sample.value, rises(metric.InFlight, leaf.Op, negated)
	switch {
	case rising && f.awaits(metric.Name, f.node):
		value = f.requested(metric)
	case !known:
		return math.Inf(-1)
	case rising:
		value += f.coming(metric, sample)
	}
	apart := value - leaf.Threshold
	switch leaf.Op {
	case rules.Below, rules.AtMost:
		apart = -apart
	case rules.Equal:
		apart = -math.Abs(apart)
	case rules.NotEqual:
		apart = math.Abs(apart)
	}
	if negated {
		apart = -apart
	}
	return apart / v.spread(f, metric)
}

// spread is how far the metric's values lie apart on the rule's nodes.
func (v *view) spread(f forecast, metric rules.Metric) float64 {
	var values []float64
	for _, j := range v.judgements[f.key] {
		if j.life == nil {
			continue
		}
		if sample, known := (forecast{life: j.life}).sample(metric); known {
			values = append(values, sample.value)
		}
	}
	if len(values) == 0 {
		return 1
	}
	slices.Sort(values)
	spread := max(values[len(values)-1]-values[0], math.Abs(values[len(values)/2])/10)
	if spread == 0 {
		return 1
	}
	return spread
}
