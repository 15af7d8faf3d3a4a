package prometheus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// language takes experimental functions for granted: whether they are on, the
// server knows.
var language = parser.NewParser(parser.Options{EnableExperimentalFunctions: true})

// functionInfo has a second argument that is no selector of samples, though it is
// written like one.
const functionInfo = "info"

// query is a PromQL expression with the matchers of a source in it.
type query struct {
	// text is the form that is sent; queries that mean the same and differ in
	// spaces alone have one text.
	text string
	expr parser.Expr
}

// injector puts matchers into queries.
type injector []*labels.Matcher

// newInjector reads matchers such as cluster="eu-1".
func newInjector(matchers []string) (injector, error) {
	var all injector
	for _, text := range matchers {
		parsed, err := language.ParseMetricSelector("{" + text + "}")
		if err == nil && len(parsed) == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("the matcher %q does not parse; write it like cluster=\"eu-1\": %w", text, firstParseError(err))
		}
		all = append(all, parsed...)
	}
	return all, nil
}

// query parses text and puts the matchers into each of its selectors, so that no
// part of it reads the series of others. An error is a refusal.
func (in injector) query(text string) (query, error) {
	expr, err := language.ParseExpr(text)
	if err != nil {
		return query{}, refusal{fmt.Errorf("it does not parse: %w", firstParseError(err))}
	}
	hidden := false
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			in.into(n)
		case *parser.Call:
			hidden = hidden || readsUnwritten(n)
		}
		return nil
	})
	if hidden && len(in) > 0 {
		return query{}, errUnwritten
	}
	return query{text: expr.String(), expr: expr}, nil
}

// errUnwritten is the cause of a query that would read past the matchers. They cannot
// be written for its author: in info they choose the labels too.
var errUnwritten = refusal{errors.New(`info with one argument reads target_info past the matchers of the source; write which labels it is to bring, such as info(x, {version=~".+"})`)}

// readsUnwritten reports whether a call reads series by a selector that is not
// written: info reads target_info where no other is named.
func readsUnwritten(call *parser.Call) bool {
	return call.Func.Name == functionInfo && len(call.Args) == 1
}

func (in injector) into(selector *parser.VectorSelector) {
	for _, m := range in {
		same := func(has *labels.Matcher) bool { return has.String() == m.String() }
		if !slices.ContainsFunc(selector.LabelMatchers, same) {
			selector.LabelMatchers = append(selector.LabelMatchers, m)
		}
	}
}

// firstParseError returns the first of possibly many, without its position.
func firstParseError(err error) error {
	var all parser.ParseErrors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Err
	}
	return err
}

// longestRange returns the longest time that a part of the expression looks back
// over; 0 where none does.
func longestRange(expr parser.Expr) (longest time.Duration) {
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.MatrixSelector:
			longest = max(longest, n.Range)
		case *parser.SubqueryExpr:
			longest = max(longest, n.Range)
		}
		return nil
	})
	return longest
}

// readsRecorded reports whether a selector names a recording rule.
func readsRecorded(expr parser.Expr) (recorded bool) {
	for _, matchers := range parser.ExtractSelectors(expr) {
		for _, m := range matchers {
			if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && strings.Contains(m.Value, ":") {
				return true
			}
		}
	}
	return false
}
