package prometheus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
)

func TestMatchersReachEverySelector(t *testing.T) {
	for sentence, tc := range map[string]struct {
		matchers []string
		query    string
		want     string
	}{
		"without matchers the text is only tidied": {nil, `sum  by(node)( rate(x[5m]) )`, `sum by (node) (rate(x[5m]))`},
		"a selector":                              {[]string{`cluster="eu-1"`}, `x`, `x{cluster="eu-1"}`},
		"two matchers":                            {[]string{`cluster="eu-1"`, `env!~"dev.*"`}, `x{a="b"}`, `x{a="b",cluster="eu-1",env!~"dev.*"}`},
		"two matchers in one text":                {[]string{`cluster="eu-1",env="prod"`}, `x`, `x{cluster="eu-1",env="prod"}`},
		"both sides of an operation":              {[]string{`c="1"`}, `a / on (node) b`, `a{c="1"} / on (node) b{c="1"}`},
		"ranges, subqueries and offsets":          {[]string{`c="1"`}, `max_over_time(rate(x[5m] offset 1h)[1h:1m])`, `max_over_time(rate(x{c="1"}[5m] offset 1h)[1h:1m])`},
		"parameters of aggregations":              {[]string{`c="1"`}, `topk(scalar(count(y)), x)`, `topk(scalar(count(y{c="1"})), x{c="1"})`},
		"the second argument of info":             {[]string{`c="1"`}, `info(x, {a=~".+"})`, `info(x{c="1"}, {a=~".+",c="1"})`},
		"a matcher that is there already":         {[]string{`c="1"`}, `x{c="1"}`, `x{c="1"}`},
		"another value of the label stays beside": {[]string{`c="1"`}, `x{c="2"}`, `x{c="1",c="2"}`},
		"alternatives in one name":                {[]string{`c="1"`}, `{__name__=~"a|b"}`, `{__name__=~"a|b",c="1"}`},
		"no selector at all":                      {[]string{`c="1"`}, `vector(1)`, `vector(1)`},
	} {
		t.Run(sentence, func(t *testing.T) {
			in, err := newInjector(tc.matchers)
			if err != nil {
				t.Fatal(err)
			}
			q, err := in.query(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, q.text); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelectorsThatAreNotWrittenCannotTakeMatchers(t *testing.T) {
	in, err := newInjector([]string{`c="1"`})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]error{
		`info(x)`:                               errUnwritten,
		`sum by (node) (rate(x[5m]) / info(y))`: errUnwritten,
		`info(x, {version=~".+"})`:              nil,
	} {
		if _, got := in.query(query); got != want {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
		if _, got := injector(nil).query(query); got != nil {
			t.Errorf("%s without matchers: got %v", query, got)
		}
	}
}

func TestMatchersThatAreNone(t *testing.T) {
	for _, text := range []string{`cluster`, `cluster=eu-1`, `a="b"} or {c="d"`, `sum(x)`, `a="b"}[5m]`, ``, `}`} {
		t.Run(text, func(t *testing.T) {
			if _, err := newInjector([]string{text}); err == nil {
				t.Errorf("%q was taken", text)
			}
		})
	}
}

func FuzzInjectionIsComplete(f *testing.F) {
	for _, seed := range []string{`x`, `rate(x{a="b"}[5m])`, `a / on (n) group_left (z) b offset 1h`, `info(x)`, `-x @ end() ^ 2`, `x["5m"]`, `{"a.b", c='d'}`} {
		f.Add(seed)
	}
	in, err := newInjector([]string{`cluster="eu-1"`})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := in.query(text)
		if err != nil {
			return
		}
		again, err := in.query(q.text)
		if err != nil {
			t.Fatalf("%q became %q, which does not parse: %v", text, q.text, err)
		}
		if again.text != q.text {
			t.Errorf("%q became %q, and that %q", text, q.text, again.text)
		}
		for _, matchers := range parser.ExtractSelectors(again.expr) {
			if !hasMatcher(matchers, `cluster="eu-1"`) {
				t.Errorf("%q became %q, in which a selector lacks the matcher", text, q.text)
			}
		}
	})
}
