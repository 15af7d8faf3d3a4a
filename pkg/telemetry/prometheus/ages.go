package prometheus

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// timing is a selector of a query by which the age of the query's values is known.
type timing struct {
	// selector is what is timed, without range and offset.
	selector string
	// offset is how far the query looks back on purpose, in all: a value of a day
	// ago that was read without delay is not old.
	offset time.Duration
	// span is the time of which the query may compute with all samples and not with
	// the newest one; 0 for that one alone. Without new samples a value of a span
	// goes on changing: it slides.
	span time.Duration
	// optional says that a value may come about without the selector.
	optional bool
}

// The reasons why a query cannot be timed.
var (
	errNoSelectors = errors.New("it reads no series, so that nobody can say how old its values are")
	errAllPinned   = errors.New("every part of it is pinned to a fixed time by @, so that its values never become newer")
)

// timings returns by what the values of expr are timed. Parts that @ pins to a fixed
// time say nothing about the present and are left out.
func timings(expr parser.Expr) ([]timing, error) {
	var all []timing
	selectors := 0
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		if selector, ok := n.(*parser.VectorSelector); ok && !isInfoArgument(selector, path) {
			selectors++
			if t, pinned := timingOf(selector, path); !pinned {
				all = add(all, t)
			}
		}
		return nil
	})
	switch {
	case selectors == 0:
		return nil, errNoSelectors
	case len(all) == 0:
		return nil, errAllPinned
	}
	return all, nil
}

// add merges timings of one selector, which are one query.
func add(all []timing, t timing) []timing {
	for i := range all {
		if all[i].selector == t.selector && all[i].offset == t.offset {
			all[i].span = max(all[i].span, t.span)
			all[i].optional = all[i].optional && t.optional
			return all
		}
	}
	return append(all, t)
}

func timingOf(selector *parser.VectorSelector, path []parser.Node) (t timing, pinned bool) {
	for i, parent := range path {
		child := parser.Node(selector)
		if i+1 < len(path) {
			child = path[i+1]
		}
		switch parent := parent.(type) {
		case *parser.MatrixSelector:
			t.span += parent.Range
		case *parser.SubqueryExpr:
			t.span += parent.Range
			t.offset, pinned = shift(t.offset, pinned, parent.OriginalOffset, parent.Timestamp, parent.StartOrEnd)
		default:
			t.optional = t.optional || dispensable(parent, child)
		}
	}
	t.offset, pinned = shift(t.offset, pinned, selector.OriginalOffset, selector.Timestamp, selector.StartOrEnd)
	t.selector = (&parser.VectorSelector{Name: selector.Name, LabelMatchers: selector.LabelMatchers}).String()
	return t, pinned
}

// shift adds an offset. An @ forgets what stands around it: start() and end() are
// the time of the query, and any other time stands still.
func shift(offset time.Duration, pinned bool, own time.Duration, at *int64, startOrEnd parser.ItemType) (time.Duration, bool) {
	switch {
	case at != nil:
		return own, true
	case startOrEnd != 0:
		return own, false
	}
	return offset + own, pinned
}

// dispensable reports whether there are values of parent without any of child.
func dispensable(parent, child parser.Node) bool {
	switch p := parent.(type) {
	case *parser.BinaryExpr:
		return p.Op == parser.LOR || p.Op == parser.LUNLESS && child == parser.Node(p.RHS)
	case *parser.Call:
		return p.Func.Name == "absent" || p.Func.Name == "absent_over_time"
	}
	return false
}

func isInfoArgument(selector *parser.VectorSelector, path []parser.Node) bool {
	if len(path) == 0 {
		return false
	}
	call, ok := path[len(path)-1].(*parser.Call)
	return ok && call.Func.Name == functionInfo && len(call.Args) == 2 && call.Args[1] == parser.Expr(selector)
}

// target are the labels by which Prometheus tells exporters apart.
var target = []string{"job", "instance"}

// query asks for the newest sample of each exporter, and of these for the oldest, for
// each value of a label. Series that have ended do not count: where pods come and go,
// those that went say nothing about the node. Where exporters write the times of their
// samples nothing marks an end. So it is taken for one when a series stays behind
// others of its exporter.
//
// Where a value may come about without the selector it answers 0 for series that have
// all ended and still lie in the span: until that is over the value is made of them.
func (t timing) query(label string) string {
	if !model.LegacyValidation.IsValidLabelName(label) {
		label = strconv.Quote(label)
	}
	exporter := strings.Join(slices.Compact(slices.Sorted(slices.Values(append([]string{label}, target...)))), ", ")
	text := "min by (" + label + ") (max by (" + exporter + ") (timestamp(" + t.over(0) + ")))"
	if t.optional && t.span > 0 {
		text += " or 0 * max by (" + label + ") (present_over_time(" + t.over(t.span) + "))"
	}
	return text
}

// over returns the selector with its offset, over a span.
func (t timing) over(span time.Duration) string {
	text := t.selector
	if span > 0 {
		text += "[" + model.Duration(span).String() + "]"
	}
	switch {
	case t.offset > 0:
		text += " offset " + model.Duration(t.offset).String()
	case t.offset < 0:
		text += " offset -" + model.Duration(-t.offset).String()
	}
	return text
}
