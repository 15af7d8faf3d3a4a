package scenario

import (
	"strings"
	"testing"
)

// shaped is a file whose one expectation fails, and has any shape that YAML allows.
func shaped(expectation string) string {
	return `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
nodes: [{name: a}, {name: b}, {name: c}, {name: "1"}, {name: "no"}]
series:
- {metric: memory, node: a, values: 95%}
- {metric: memory, node: b, values: 95%}
- {metric: memory, node: c, values: 95%}
- {metric: memory, node: "1", values: 95%}
pods:
- {name: web}
- {name: new, count: 2, arrives: 0s}
cases:
- at: 0s
  expect:
` + expectation
}

func TestWhateverItsShapeAValueIsRewrittenAsAWhole(t *testing.T) {
	for name, c := range map[string]struct{ wrong, right string }{
		"plain words with what means something in brackets": {
			"  - rule: hot\n    says:\n      a: memory is 80%, which [I thought]} # so\n",
			"  - rule: hot\n    says:\n      a: memory is 95% (memory > 90%) # so\n"},
		"plain words on several lines": {
			"  - rule: hot\n    says:\n      a: memory is\n        80%\n\n        or so\n      b: memory is 95% (memory > 90%)\n",
			"  - rule: hot\n    says:\n      a: memory is 95% (memory > 90%)\n      b: memory is 95% (memory > 90%)\n"},
		"quotes on several lines": {
			"  - rule: hot\n    says: {a: 'it''s\n      this, ]', b: \"\\\"x\\\n        }\"}\n",
			"  - rule: hot\n    says: {a: memory is 95% (memory > 90%), b: memory is 95% (memory > 90%)}\n"},
		"plain words in brackets": {
			"  - {rule: hot, says: {a: not  so-}}\n",
			"  - {rule: hot, says: {a: memory is 95% (memory > 90%)}}\n"},
		"a list whose comments stand elsewhere": {
			"  - pod: web\n    blocked:\n    - a\n  # one\n\n        # two\n    - b",
			"  - pod: web\n    blocked:\n    - a\n  # one\n\n        # two\n    - b\n    - \"1\"\n    - c\n"},
		"a list that begins with a quoted name": {
			"  - pod: web\n    blocked:\n      -   'no' # x\n      - \"a\"\n",
			"  - pod: web\n    blocked:\n      - \"a\"\n      -   \"1\"\n      -   b\n      -   c\n"},
		"a list in brackets on several lines": {
			"  - pod: web\n    blocked: [\n      'no',\n      ]\n",
			"  - pod: web\n    blocked: [\"1\", a, b, c]\n"},
		"a set of names that are no words": {
			"  - pod: new\n    placed:\n      a: 2\n",
			"  - pod: new\n    placed:\n      \"no\": 2\n"},
		"a set in braces": {
			"  - {pod: new, placed: {a: 2}}\n",
			"  - {pod: new, placed: {\"no\": 2}}\n"},
	} {
		for as, change := range map[string]func(string) string{
			"as it is":                          func(text string) string { return text },
			"with the ends of lines of Windows": func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") },
			"with a mark of its encoding":       func(text string) string { return "\ufeff" + text },
		} {
			t.Run(name+", "+as, func(t *testing.T) {
				report := Run(t.Context(), "t.yaml", []byte(change(shaped(c.wrong))), Options{})
				if report.Broken() || report.Failed() != 1 {
					t.Fatalf("mistakes %v, %d failures", report.Mistakes, report.Failed())
				}
				wantRewritten(t, report, change(shaped(c.right)))
			})
		}
	}
}

// TestWhatWouldNotBeAsExpectedIsNotWritten changes a rule while a file is rewritten.
func TestWhatWouldNotBeAsExpectedIsNotWritten(t *testing.T) {
	line := "95%"
	read := func(string) ([]byte, error) {
		return []byte("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: hot, when: {metric: memory, above: " + line + "}, actions: {block: {}}}\n"), nil
	}
	text := strings.Replace(shaped("  - {rule: hot, phase: {a: firing}}\n"), "rules:\n- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}", "ruleFiles: [r.yaml]", 1)
	for meanwhile, want := range map[string]string{
		"90%": "t.yaml is left as it is, for it would not be as expected with what came: t.yaml:16:28: phase of rule hot on node a would still be expected to be inactive, and be firing; write that yourself",
		"90":  "t.yaml is left as it is, for it would not be as expected with what came: r.yaml:4:45: \"above\": 90 can be read as 90% or as 9000%; write the one that you mean, with its %; write that yourself",
	} {
		line = "95%"
		report := Run(t.Context(), "t.yaml", []byte(text), Options{ReadFile: read})
		line = meanwhile
		if got, err := report.Rewrite(t.Context()); err == nil || err.Error() != want {
			t.Errorf("%s: error\n%v, want\n%s\nand nothing to write: %+v", meanwhile, err, want, got)
		}
	}
}

// FuzzRewrite rewrites what can be run: the result is always proven, and stays as it is.
func FuzzRewrite(f *testing.F) {
	f.Add("  - rule: hot\n    says:\n      a: memory is\n        80%, or\n")
	f.Add("  - pod: web\n    blocked:\n    - a\n  # one\n    - \"b\" # two\n")
	f.Add("  - {pod: new, placed: {a: 2, none: 1}, why: {a: 'it''s', b: \"\\\"\"}}\r\n")
	f.Fuzz(func(t *testing.T, expectation string) {
		report := Run(t.Context(), "t.yaml", []byte(shaped(expectation)), Options{})
		if report.Broken() {
			return
		}
		first, err := report.Rewrite(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := Run(t.Context(), "t.yaml", first.Text, Options{}).Rewrite(t.Context())
		if err != nil || string(second.Text) != string(first.Text) || len(second.Problems) != len(first.Problems) {
			t.Errorf("rewritten again: %v\n%s\nthe first time:\n%s", err, second.Text, first.Text)
		}
	})
}
