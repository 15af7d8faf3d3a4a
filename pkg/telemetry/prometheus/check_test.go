package prometheus

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// finding is what a check found.
type finding struct {
	Window   time.Duration
	Recorded bool
	Problem  string
	Mend     string
	Position int
}

func check(query string) finding {
	window, recorded, problem := Checker{}.CheckQuery(query)
	f := finding{Window: window, Recorded: recorded}
	if problem != nil {
		m := problem.(*Mistake)
		f.Problem, f.Mend, f.Position = m.Error(), m.Mend(), m.Position()
	}
	return f
}

const (
	isAlert = "it is an alert expression: %s drops every node for which it is false, so that nothing is known of healthy nodes"
	splitIt = "split it into a query and a threshold of the condition: "
)

func alerting(op, mend string, position int) finding {
	return finding{Problem: strings.Replace(isAlert, "%s", `"`+op+`"`, 1), Mend: splitIt + mend, Position: position}
}

func TestCheckQuery(t *testing.T) {
	const (
		oneNumber = "it gives one number and not a value for each node"
		oneText   = "it gives a text and not a value for each node"
		withLabel = "write a query whose series have a label that names the node"
		samples   = "it gives all samples of a time and not a value"
	)
	for sentence, tc := range map[string]struct {
		query string
		want  finding
	}{
		"a gauge":                         {`x`, finding{}},
		"a rate":                          {`100 * rate(x[2m])`, finding{Window: 2 * time.Minute}},
		"the longest range is the window": {`rate(x[2m]) / avg_over_time(y[1h])`, finding{Window: time.Hour}},
		"of subqueries too":               {`max_over_time(rate(x[2m])[10m:1m])`, finding{Window: 10 * time.Minute}},
		"an offset is no window":          {`x offset 1h`, finding{}},
		"a recording rule":                {`instance:node_cpu:rate5m`, finding{Recorded: true}},
		"a recording rule by matcher":     {`{__name__="instance:node_cpu:rate5m"}`, finding{Recorded: true}},
		"a colon elsewhere is none":       {`x{a="b:c"}`, finding{}},
		"an experimental function":        {`mad_over_time(x[5m])`, finding{Window: 5 * time.Minute}},

		"a comparison that gives 0 and 1":  {`x > bool 3`, finding{}},
		"a comparison inside":              {`sum by (node) (x > 3)`, finding{}},
		"a comparison that chooses series": {`x and on (node) y > 3`, finding{}},
		"a comparison as a choice with or": {`x > 3 or y`, finding{}},
		"1 - free / total pasted":          {`1 - free / total > 0.9`, alerting(">", "query: 1 - free / total, above: 0.9", 0)},
		"in parentheses":                   {` ((a + b) >= 2)`, alerting(">=", "query: a + b, atLeast: 2", 2)},
		"the number first":                 {`0.1 >= x`, alerting(">=", "query: x, atMost: 0.1", 0)},
		"below":                            {`x < -1`, alerting("<", "query: x, below: -1", 0)},
		"equal":                            {`x == 1`, alerting("==", "query: x, equal: 1", 0)},
		"not equal":                        {`x != 0`, alerting("!=", "query: x, notEqual: 0", 0)},
		"a computed threshold":             {`x > 5 * (1000 + 24) * 1e6`, alerting(">", "query: x, above: 5120000000", 0)},
		"a threshold that is a series":     {`a > on (node) b + c`, alerting(">", "query: a - on (node) (b + c), above: 0", 0)},
		"a threshold that moves":           {`x > time()`, alerting(">", "query: x - time(), above: 0", 0)},
		"two comparisons":                  {`x > 1 and y > 2`, alerting(">", "query: x, above: 1", 0)},
		"a comparison with an exception":   {`x > 1 unless y`, alerting(">", "query: x, above: 1", 0)},
		"a comparison of a comparison":     {`x > 1 < 5`, alerting("<", "query: x > 1, below: 5", 0)},
		"a scalar":                         {`scalar(x)`, finding{Problem: oneNumber, Mend: withLabel}},
		"a number":                         {` 1 + 1`, finding{Problem: oneNumber, Mend: withLabel, Position: 1}},
		"a text":                           {`"x"`, finding{Problem: oneText, Mend: withLabel}},
		"a range":                          {`x[5m]`, finding{Problem: samples, Mend: "write what is to be made of them, such as avg_over_time(x[5m])"}},
		"a subquery":                       {`x[5m:1m]`, finding{Problem: samples, Mend: "write what is to be made of them, such as avg_over_time(x[5m:1m])"}},
		"a parenthesis that stays open":    {`rate(x[5m]`, finding{Problem: `it does not parse at byte 11: unclosed left parenthesis`, Position: 10}},
		"an unknown function":              {`1 * rat(x[5m])`, finding{Problem: `it does not parse at byte 5: unknown function with name "rat"`, Position: 4}},
		"a rate without a range":           {`rate(x)`, finding{Problem: `it does not parse at byte 6: expected type range vector in call to function "rate", got instant vector`, Position: 5}},
		"a selector of everything":         {`{a=~".*"}`, finding{Problem: `it does not parse at byte 1: vector selector must contain at least one non-empty matcher`}},
		"nothing":                          {``, finding{Problem: `it does not parse at byte 1: no expression found in input`}},
		"no text":                          {"\xff", finding{Problem: `it does not parse at byte 1: unexpected character: '�'`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, check(tc.query)); diff != "" {
				t.Errorf("finding (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckVector(t *testing.T) {
	for query, want := range map[string]string{
		`up{job="kubelet"} == 1`: "",
		`x`:                      "",
		`time()`:                 "it gives one number and not a value for each node",
		`x[5m]`:                  "it gives all samples of a time and not a value",
		`x +`:                    "it does not parse at byte 4: unexpected end of input",
	} {
		t.Run(query, func(t *testing.T) {
			got := ""
			if err := (Checker{}).CheckVector(query); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func FuzzCheckQuery(f *testing.F) {
	for _, seed := range []string{`x`, `rate(x[5m])`, `1 - a / b > 0.9`, `a >= on (n) group_left b`, `(0.1) < x`, `x[5m]`, `-x > -1`, `"`, `x @ end() == 1e999`, `{"a.b"} != NaN`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		window, _, problem := Checker{}.CheckQuery(query)
		if window < 0 {
			t.Errorf("the window is %v", window)
		}
		m, wrong := problem.(*Mistake)
		if !wrong {
			return
		}
		if m.Position() < 0 || m.Position() > len(query) {
			t.Errorf("the position is %d of %d", m.Position(), len(query))
		}
		mended, _, found := strings.Cut(strings.TrimPrefix(m.Mend(), splitIt+"query: "), ", ")
		if found && strings.HasPrefix(m.Mend(), splitIt) && !strings.Contains(mended, "(") {
			if err := (Checker{}).CheckVector(mended); err != nil {
				t.Errorf("%q is to be mended by %q: %v", query, mended, err)
			}
		}
	})
}
