package engine

import (
	"fmt"
	"math"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Forecast is what one more pod on a node makes of a rule.
type Forecast struct {
	// Sentence says which comparisons make the rule true with the pod, with their numbers;
	// empty where it would not be true.
	Sentence string
	// Leaves are in the order of the rule's comparisons; nil for one that pods do not move
	// towards its line, or of which nothing is known.
	Leaves []*LeafForecast
}

// LeafForecast is what one more pod makes of a comparison, in the metric's unit.
type LeafForecast struct {
	// Base is what is measured. ByRequests is set on a new node without a sample: there it
	// is what its pods request, or what that leaves of a metric of what is free.
	Base       float64
	ByRequests bool
	// InFlight is what base does not show, and Pod what the pod takes: both come off a
	// metric of what is free.
	InFlight, Pod float64
	// With is what the value would be, and Left what a pod may take: nothing where it is
	// not above 0.
	With, Left float64
	// Beyond is set where the comparison would be true.
	Beyond bool
}

// Forecast returns what a pod on its candidate makes of a rule, and whether the Board
// knows both and the rule judges the node.
func (b *Board) Forecast(rule rules.Key, c Candidate) (out Forecast, known bool) {
	m := b.gauge()
	i, found := b.program.index[rule]
	if !found || !m.aim(&c) || !b.pair(m.slot, i).selected {
		return out, false
	}
	r := &b.program.rules[i]
	out.Leaves = make([]*LeafForecast, len(r.leaves))
	negated := r.negated()
	for l := range r.leaves {
		if f, known := m.foresee(r, literal{&r.leaves[l], negated[l]}); known {
			out.Leaves[l] = &f
		}
	}
	out.Sentence = m.forecast(i)
	return out, true
}

// foresee returns what the pod makes of a literal; false where pods do not move it
// towards its line, or where nothing is known.
func (m *gauge) foresee(r *compiled, l literal) (f LeafForecast, known bool) {
	s, size := &m.board.columns[l.column][m.slot], &m.board.sizes[m.slot]
	of, unit := l.metric.InFlight.Resource, 0.0
	if known = l.rising(); known {
		unit = s.unit
	}
	switch {
	case !(unit > 0):
		return f, false
	case l.awaits(s, m.young):
		f = LeafForecast{ByRequests: true, Base: l.moved(s, m.empty(l, s), m.candidate.Requested.of(of)), Beyond: m.asked().of(of) > l.ceiling(s, size)}
	case r.stands(l.leaf, s, m.now):
		f = LeafForecast{Base: s.value, InFlight: (m.candidate.Arrived.of(of) + s.unseen) / unit, Beyond: m.measured().of(of) > l.room(s)}
	default:
		return f, false
	}
	f.Pod = m.candidate.Need.of(of) / unit
	before := l.moved(s, f.Base, f.InFlight*unit)
	f.With, f.Left = l.moved(s, before, f.Pod*unit), -l.beyond(before)
	return f, true
}

// forecast says which comparisons make a rule true with the pod.
func (m *gauge) forecast(rule int) string {
	r := &m.board.program.rules[rule]
	return strings.Join(m.because(r, m.board.pair(m.slot, rule).leaves, &r.expr, false), "; ")
}

// negations says of each leaf whether it stands under an odd number of nots.
func (e *expr) negations(negated bool, out []bool) {
	if e.op == isLeaf {
		out[e.leaf] = negated
	}
	for i := range e.of {
		e.of[i].negations(negated != (e.op == isNot), out)
	}
}

// because returns what makes a tree true with the pod; nothing where it is not. trues
// has a bit for each leaf that was True.
func (m *gauge) because(r *compiled, trues uint64, e *expr, negated bool) (parts []string) {
	switch e.op {
	case isLeaf:
		return m.becauseOf(r, literal{&r.leaves[e.leaf], negated}, trues>>e.leaf&1 == 1)
	case isNot:
		return m.because(r, trues, &e.of[0], !negated)
	}
	all := (e.op == isAny) == negated
	for i := range e.of {
		more := m.because(r, trues, &e.of[i], negated)
		if all && more == nil {
			return nil
		}
		parts = append(parts, more...)
	}
	return parts
}

// becauseOf is because of one comparison.
func (m *gauge) becauseOf(r *compiled, l literal, was bool) []string {
	s := &m.board.columns[l.column][m.slot]
	f, known := m.foresee(r, l)
	switch {
	case known && f.Beyond:
		return []string{f.sentence(l, s.usable(m.now, l.metric.MaxAge))}
	case !known && l.rising() && (l.awaits(s, m.young) || r.stands(l.leaf, s, m.now)):
		return []string{fmt.Sprintf("the node has nothing of what %s counts (%s)", l.Metric, l)}
	case known || !r.stands(l.leaf, s, m.now) || l.isTrue(s.value, was) == l.negated:
		return nil
	}
	return []string{fmt.Sprintf("%s is %s (%s)", l.Metric, FormatValue(s.value, l.metric.Unit), l)}
}

// String returns the comparison, turned round where it is negated.
func (l literal) String() string {
	written := *l.Leaf
	written.Op = l.comparison()
	return written.String()
}

// noise is what computers make of fractions.
const noise = 1e-6

// sentence says what a pod makes of a comparison.
func (f *LeafForecast) sentence(l literal, fresh bool) string {
	write := func(value float64) string {
		if math.Abs(value) < noise {
			value = 0
		}
		return FormatValue(value, l.metric.Unit)
	}
	return fmt.Sprintf("%s would be %s (%s) with %s %s of this pod, for which %s is left",
		l.Metric, f.with(l, write), l, f.without(l, fresh, write), write(f.Pod), f.left(write))
}

// with does not write a value that is beyond a line as if it stood on it.
func (f *LeafForecast) with(l literal, write func(float64) string) string {
	text := write(f.With)
	if op := l.comparison(); !f.Beyond || text != write(l.Threshold) || op == rules.AtLeast || op == rules.AtMost {
		return text
	}
	if l.metric.InFlight.Free {
		return "just below " + text
	}
	return "just above " + text
}

// without says what there is before the pod, up to the word that adds it.
func (f *LeafForecast) without(l literal, fresh bool, write func(float64) string) string {
	base, free := write(f.Base), l.metric.InFlight.Free
	switch {
	case f.ByRequests && free:
		return base + " not requested, as nothing is measured yet, less"
	case f.ByRequests:
		return base + " requested, as nothing is measured yet, and"
	}
	how, less := " measured, ", ""
	if !fresh {
		how = " measured last, "
	}
	if free {
		less = "less "
	}
	return base + how + less + write(f.InFlight) + " in flight and"
}

func (f *LeafForecast) left(write func(float64) string) string {
	switch text := write(f.Left); {
	case !(f.Left > 0):
		return "nothing"
	case text == write(f.Pod) && f.Beyond:
		return "a little less"
	default:
		return text
	}
}
