package prometheus

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Checker finds the mistakes of queries before they are asked. Its zero value is
// ready.
type Checker struct{}

// Mistake is what is wrong with a query.
type Mistake struct {
	text, mend string
	position   int
}

// Error implements error.
func (m *Mistake) Error() string { return m.text }

// Mend says how to put it right; empty where only the author knows.
func (m *Mistake) Mend() string { return m.mend }

// Position is the byte of the query at which the mistake begins.
func (m *Mistake) Position() int { return m.position }

// CheckQuery checks a query that gives a value for each node. window is its longest
// range, 0 where it has none; recorded reports whether it reads the result of a
// recording rule, whose window nobody can see. A problem is a *Mistake.
func (Checker) CheckQuery(query string) (window time.Duration, recorded bool, problem error) {
	expr, mistake := vector(query)
	if mistake == nil {
		mistake = alert(expr)
	}
	if mistake != nil {
		return 0, false, mistake
	}
	return longestRange(expr), readsRecorded(expr), nil
}

// CheckVector checks a query of which only the series matter. A problem is a
// *Mistake.
func (Checker) CheckVector(query string) (problem error) {
	if _, mistake := vector(query); mistake != nil {
		return mistake
	}
	return nil
}

// vector parses a query that must give an instant vector.
func vector(query string) (parser.Expr, *Mistake) {
	expr, err := language.ParseExpr(query)
	if err != nil {
		return nil, unparsed(err)
	}
	at := int(expr.PositionRange().Start)
	switch expr.Type() {
	case parser.ValueTypeVector:
		return expr, nil
	case parser.ValueTypeScalar:
		return nil, &Mistake{"it gives one number and not a value for each node", "write a query whose series have a label that names the node", at}
	case parser.ValueTypeMatrix:
		return nil, &Mistake{"it gives all samples of a time and not a value", fmt.Sprintf("write what is to be made of them, such as avg_over_time(%s)", expr), at}
	}
	return nil, &Mistake{"it gives a text and not a value for each node", "write a query whose series have a label that names the node", at}
}

func unparsed(err error) *Mistake {
	var all parser.ParseErrors
	if !errors.As(err, &all) || len(all) == 0 {
		return &Mistake{text: "it does not parse: " + err.Error()}
	}
	at := int(all[0].PositionRange.Start)
	return &Mistake{text: fmt.Sprintf("it does not parse at byte %d: %v", at+1, all[0].Err), position: at}
}

// alert finds a comparison that drops the nodes for which it is false: to drop is
// not to be below the threshold, for those nodes nothing is known then.
func alert(expr parser.Expr) *Mistake {
	comparison := topComparison(expr)
	if comparison == nil {
		return nil
	}
	query, words := split(comparison)
	return &Mistake{
		text:     fmt.Sprintf("it is an alert expression: %q drops every node for which it is false, so that nothing is known of healthy nodes", comparison.Op),
		mend:     fmt.Sprintf("split it into a query and a threshold of the condition: query: %s, %s", query, words),
		position: int(comparison.PositionRange().Start),
	}
}

// topComparison returns the comparison that decides which values come out of expr.
func topComparison(expr parser.Expr) *parser.BinaryExpr {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return topComparison(e.Expr)
	case *parser.BinaryExpr:
		if e.Op.IsComparisonOperator() && !e.ReturnBool {
			return e
		}
		if e.Op == parser.LAND || e.Op == parser.LUNLESS {
			return topComparison(e.LHS)
		}
	}
	return nil
}

// comparison says an operator in the words of conditions, with the value at its left
// and at its right.
var comparisons = map[parser.ItemType]struct{ left, right string }{
	parser.GTR: {"above", "below"}, parser.GTE: {"atLeast", "atMost"},
	parser.LSS: {"below", "above"}, parser.LTE: {"atMost", "atLeast"},
	parser.EQLC: {"equal", "equal"}, parser.NEQ: {"notEqual", "notEqual"},
}

// split makes a query and a threshold of a comparison. Where no side is a number the
// query is their difference.
func split(c *parser.BinaryExpr) (query, threshold string) {
	words := comparisons[c.Op]
	if number, ok := constant(c.RHS); ok {
		return stripped(c.LHS), words.left + ": " + decimal(number)
	}
	if number, ok := constant(c.LHS); ok {
		return stripped(c.RHS), words.right + ": " + decimal(number)
	}
	difference := *c
	difference.Op, difference.LHS, difference.RHS = parser.SUB, enclosed(c.LHS), enclosed(c.RHS)
	return difference.String(), words.left + ": 0"
}

func decimal(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

// stripped prints an expression without the parentheses around it.
func stripped(expr parser.Expr) string {
	if p, ok := expr.(*parser.ParenExpr); ok {
		return stripped(p.Expr)
	}
	return expr.String()
}

func enclosed(expr parser.Expr) parser.Expr {
	if b, ok := expr.(*parser.BinaryExpr); ok {
		return &parser.ParenExpr{Expr: b}
	}
	return expr
}

// constant computes an expression that is made of numbers alone.
func constant(expr parser.Expr) (value float64, ok bool) {
	switch e := expr.(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.ParenExpr:
		return constant(e.Expr)
	case *parser.UnaryExpr:
		value, ok = constant(e.Expr)
		if e.Op == parser.SUB {
			value = -value
		}
		return value, ok
	case *parser.BinaryExpr:
		return computed(e)
	}
	return 0, false
}

func computed(e *parser.BinaryExpr) (value float64, ok bool) {
	left, known := constant(e.LHS)
	right, both := constant(e.RHS)
	if !known || !both {
		return 0, false
	}
	switch e.Op {
	case parser.ADD:
		return left + right, true
	case parser.SUB:
		return left - right, true
	case parser.MUL:
		return left * right, true
	case parser.DIV:
		return left / right, true
	}
	return 0, false
}
