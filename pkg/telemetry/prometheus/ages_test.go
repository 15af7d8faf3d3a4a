package prometheus

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
)

func hasMatcher(matchers []*labels.Matcher, want string) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.String() == want })
}

func TestTheSelectorsOfAQueryAreTimed(t *testing.T) {
	for sentence, tc := range map[string]struct {
		query string
		want  []timing
	}{
		"a gauge":                               {`x`, []timing{{selector: `x`}}},
		"with matchers":                         {`x{a="b"}`, []timing{{selector: `x{a="b"}`}}},
		"a rate is timed by its newest samples": {`rate(x[5m])`, []timing{{selector: `x`, span: 5 * time.Minute}}},
		"both sides of a quotient":              {`a / b`, []timing{{selector: `a`}, {selector: `b`}}},
		"one selector twice":                    {`1 - a / a`, []timing{{selector: `a`}}},
		"as a range and not":                    {`rate(a[5m]) / a`, []timing{{selector: `a`, span: 5 * time.Minute}}},
		"inside aggregations and functions":     {`sum by (node) (label_replace(x, "node", "$1", "i", "(.*)"))`, []timing{{selector: `x`}}},
		"a subquery slides too":                 {`max_over_time(x[1h:1m])`, []timing{{selector: `x`, span: time.Hour}}},
		"an offset is no age":                   {`x offset 1h`, []timing{{selector: `x`, offset: time.Hour}}},
		"a change against yesterday":            {`x - x offset 1d`, []timing{{selector: `x`}, {selector: `x`, offset: 24 * time.Hour}}},
		"offsets of subqueries add up":          {`max_over_time(rate(x[5m] offset 10m)[1h:1m] offset 1h)`, []timing{{selector: `x`, offset: 70 * time.Minute, span: 65 * time.Minute}}},
		"a negative offset":                     {`x offset -1m`, []timing{{selector: `x`, offset: -time.Minute}}},
		"@ end() is now":                        {`x @ end()`, []timing{{selector: `x`}}},
		"@ end() leaves a subquery's offset":    {`max_over_time(x[1h:1m] @ end() offset 1h)`, []timing{{selector: `x`, offset: time.Hour, span: time.Hour}}},
		"@ end() inside forgets the subquery's": {`max_over_time((x @ end())[1h:1m] offset 1h)`, []timing{{selector: `x`, span: time.Hour}}},
		"a fixed time says nothing of today":    {`x / x @ 1700000000`, []timing{{selector: `x`}}},
		"or does with either":                   {`a or b`, []timing{{selector: `a`, optional: true}, {selector: `b`, optional: true}}},
		"unless does without what it takes off": {`a unless b`, []timing{{selector: `a`}, {selector: `b`, optional: true}}},
		"what is needed once is needed":         {`a / (a or b)`, []timing{{selector: `a`}, {selector: `b`, optional: true}}},
		"absent wants none":                     {`x * absent(y)`, []timing{{selector: `x`}, {selector: `y`, optional: true}}},
		"the greater of two ranges":             {`rate(a[5m]) / rate(a[1h])`, []timing{{selector: `a`, span: time.Hour}}},
		"info has one selector":                 {`info(x, {a=~".+"})`, []timing{{selector: `x`}}},
		"parameters count":                      {`topk(scalar(y), x)`, []timing{{selector: `x`}, {selector: `y`}}},
	} {
		t.Run(sentence, func(t *testing.T) {
			q, err := injector(nil).query(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := timings(q.expr)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(timing{})); diff != "" {
				t.Errorf("timings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueriesThatCannotBeTimed(t *testing.T) {
	for query, want := range map[string]error{
		`vector(1)`:                   errNoSelectors,
		`vector(time())`:              errNoSelectors,
		`x @ 1700000000`:              errAllPinned,
		`max_over_time(x[1h:1m] @ 1)`: errAllPinned,
	} {
		t.Run(query, func(t *testing.T) {
			q, err := injector(nil).query(query)
			if err != nil {
				t.Fatal(err)
			}
			if _, got := timings(q.expr); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestWhatIsAskedOfAges(t *testing.T) {
	in, err := newInjector([]string{`c="1"`})
	if err != nil {
		t.Fatal(err)
	}
	for sentence, tc := range map[string]struct{ query, label, want string }{
		"the label of the join":        {`rate(x[5m] offset 1h)`, "instance", `min by (instance) (max by (instance, job) (timestamp(x{c="1"} offset 1h)))`},
		"a label in UTF-8":             {`x offset -1m`, "host.name", `min by ("host.name") (max by ("host.name", instance, job) (timestamp(x{c="1"} offset -1m)))`},
		"a gauge that need not be":     {`x or y`, "node", `min by (node) (max by (instance, job, node) (timestamp(x{c="1"})))`},
		"a range that need not be":     {`rate(x[5m]) or y`, "node", `min by (node) (max by (instance, job, node) (timestamp(x{c="1"}))) or 0 * max by (node) (present_over_time(x{c="1"}[5m]))`},
		"all that a subquery may read": {`max_over_time(rate(x[5m])[1h:1m] offset 1d) or y`, "node", `min by (node) (max by (instance, job, node) (timestamp(x{c="1"} offset 1d))) or 0 * max by (node) (present_over_time(x{c="1"}[1h5m] offset 1d))`},
	} {
		t.Run(sentence, func(t *testing.T) {
			q, err := in.query(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			all, err := timings(q.expr)
			if err != nil {
				t.Fatal(err)
			}
			got := all[0].query(tc.label)
			if _, err := language.ParseExpr(got); got != tc.want || err != nil {
				t.Errorf("got %s (%v), want %s", got, err, tc.want)
			}
		})
	}
}
