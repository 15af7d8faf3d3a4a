package prometheus

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// timing is a selector of a query by which the age of the query's values is known.
type timing struct {
	// selector is what is timed, as of now: without the range around it, and with
	// all offsets in one.
	selector string
	// offset is how far the query looks back on purpose: a value of a day ago that
	// was read without delay is not old.
	offset time.Duration
	// ranged says that the query computes with the samples of a time and not with
	// the newest one. Without new samples such a value goes on changing: it slides.
	ranged bool
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
		if all[i].selector == t.selector {
			all[i].ranged = all[i].ranged || t.ranged
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
			t.ranged = true
		case *parser.SubqueryExpr:
			t.ranged = true
			t.offset, pinned = shift(t.offset, pinned, parent.OriginalOffset, parent.Timestamp, parent.StartOrEnd)
		default:
			t.optional = t.optional || dispensable(parent, child)
		}
	}
	t.offset, pinned = shift(t.offset, pinned, selector.OriginalOffset, selector.Timestamp, selector.StartOrEnd)
	t.selector = bare(selector, t.offset)
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

// bare returns the selector without range and @.
func bare(selector *parser.VectorSelector, offset time.Duration) string {
	return (&parser.VectorSelector{Name: selector.Name, LabelMatchers: selector.LabelMatchers, OriginalOffset: offset}).String()
}

// query asks for the newest sample of the oldest series, for each value of the labels.
// Series that have ended do not count: where pods come and go, those that went say
// nothing about the node.
func (t timing) query(labels ...string) string {
	names := make([]string, len(labels))
	for i, label := range labels {
		if names[i] = label; !model.LegacyValidation.IsValidLabelName(label) {
			names[i] = strconv.Quote(label)
		}
	}
	return "min by (" + strings.Join(names, ", ") + ") (timestamp(" + t.selector + "))"
}
