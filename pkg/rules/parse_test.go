package rules

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
)

// header begins every text of rules.
const header = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"

// bySelectorText compares selectors as people read them.
var bySelectorText = cmp.Comparer(func(a, b labels.Selector) bool { return a.String() == b.String() })

// mustParse returns the document of a text that has no mistakes.
func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	document, mistakes := Parse("test.yaml", []byte(text), clusterOptions())
	if len(mistakes) > 0 {
		t.Fatalf("mistakes were found: %v", mistakes)
	}
	return document
}

func selector(t *testing.T, text string) labels.Selector {
	t.Helper()
	parsed, err := labels.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestExamplesAreInForce(t *testing.T) {
	for _, path := range glob(t, "../../examples/rules/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if document := mustParse(t, string(data)); len(document.Rules)+len(document.Preferences) == 0 {
				t.Errorf("the example holds no rule")
			}
		})
	}
}

func TestARuleWithNothingButItsNeedsGetsTheDefaults(t *testing.T) {
	got := mustParse(t, header+"rules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  actions: {block: {}}\n")
	want := &Document{File: "test.yaml", Metrics: []Metric{}, Preferences: []Preference{}, Rules: []Rule{{
		Name:        "hot",
		Origin:      Origin{File: "test.yaml", Line: 4, Column: 3},
		When:        Condition{Leaf: &Leaf{Metric: "memory", Op: Above, Threshold: 90, Clear: 90, Written: "90%"}},
		OnUnknown:   UnknownAllow,
		KeepLastFor: 15 * time.Minute,
		Nodes:       labels.Everything(), Pods: labels.Everything(), Namespaces: labels.Everything(),
		Block: &Block{WhenAllBlocked: DoNotSchedule},
	}}}
	if diff := cmp.Diff(want, got, bySelectorText); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestARuleWithEverythingIsCompiled(t *testing.T) {
	got := mustParse(t, header+`rules:
- name: everything
  description: All at once.
  when:
    any:
    - all: [{metric: cpu, atLeast: 80.5%, clear: 70%}, {metric: pods, notEqual: 0%}]
    - not: {metric: memory-available, atMost: 1.5Gi, clear: 2Gi}
    - {metric: cpu-available, equal: 250m}
  for: 1m
  keepFiringFor: 1h30m
  onUnknown: KeepLast
  keepLastFor: 5m
  mode: Enforce
  nodes: {matchLabels: {pool: general}, matchExpressions: [{key: gpu, operator: DoesNotExist}]}
  pods: {matchExpressions: [{key: tier, operator: In, values: [batch, test]}]}
  namespaces: {matchLabels: {team: a}}
  includeDaemonSets: true
  maxPodPriority: -5
  actions: {block: {whenAllBlocked: ScheduleAnyway}}
`).Rules[0]
	priority := int32(-5)
	want := Rule{
		Name: "everything", Description: "All at once.",
		Origin: Origin{File: "test.yaml", Line: 4, Column: 3},
		When: Condition{Any: []Condition{
			{All: []Condition{
				{Leaf: &Leaf{Metric: "cpu", Op: AtLeast, Threshold: 80.5, Clear: 70, Written: "80.5%"}},
				{Leaf: &Leaf{Metric: "pods", Op: NotEqual, Written: "0%"}},
			}},
			{Not: &Condition{Leaf: &Leaf{Metric: "memory-available", Op: AtMost, Threshold: 1.5 * (1 << 30), Clear: 2 << 30, Written: "1.5Gi"}}},
			{Leaf: &Leaf{Metric: "cpu-available", Op: Equal, Threshold: 0.25, Clear: 0.25, Written: "250m"}},
		}},
		For: time.Minute, KeepFiringFor: 90 * time.Minute,
		OnUnknown: UnknownKeepLast, KeepLastFor: 5 * time.Minute,
		Nodes: selector(t, "pool in (general),!gpu"), Pods: selector(t, "tier in (batch,test)"), Namespaces: selector(t, "team in (a)"),
		IncludeDaemonSets: true, MaxPodPriority: &priority,
		Block: &Block{WhenAllBlocked: ScheduleAnyway},
	}
	if diff := cmp.Diff(want, got, bySelectorText); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
}

func TestTheWholeFormatIsAccepted(t *testing.T) {
	for _, path := range glob(t, "testdata/accepted/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if document, mistakes := Parse(path, data, clusterOptions()); document == nil || len(mistakes) > 0 {
				t.Errorf("mistakes were found: %v", mistakes)
			}
		})
	}
}

func TestMarksAreCompiled(t *testing.T) {
	rule := mustParse(t, header+"rules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  actions:\n"+
		"    label: {key: telemetry-scheduler.io/memory, value: hot}\n    taint: {key: telemetry-scheduler.io/full, effect: NoSchedule}\n").Rules[0]
	if diff := cmp.Diff(&Label{Key: "telemetry-scheduler.io/memory", Value: "hot"}, rule.Label); diff != "" {
		t.Errorf("label (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Taint{Key: "telemetry-scheduler.io/full", Effect: "NoSchedule"}, rule.Taint); diff != "" {
		t.Errorf("taint (-want +got):\n%s", diff)
	}
}

func TestRulesOfANamespaceBelongToIt(t *testing.T) {
	opts := clusterOptions()
	opts.Namespace = "team-a"
	document, mistakes := Parse("f", []byte(header+
		"rules:\n- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}\n"+
		"preferences:\n- {name: calm, metric: cpu, prefer: Steady}\n"), opts)
	if document == nil {
		t.Fatal(listed(mistakes))
	}
	if rule, preference := document.Rules[0].Key(), document.Preferences[0].Key(); rule.String() != "team-a/hot" || preference.String() != "team-a/calm" {
		t.Errorf("they are called %s and %s", rule, preference)
	}
}

func TestMetricsOfOtherTextsAndMarkPrefixesAreOptions(t *testing.T) {
	opts := clusterOptions()
	opts.Metrics["heat"] = Metric{Name: "heat", Unit: "celsius"}
	opts.MarkPrefixes = []string{"example.com/"}
	text := header + "rules:\n- name: hot\n  when: {metric: heat, above: 85}\n  actions: {label: {key: example.com/heat, value: hot}}\n"
	if document, mistakes := Parse("f", []byte(text), opts); document == nil {
		t.Errorf("mistakes were found: %v", mistakes)
	}
}

func TestAPrefixIsNoMistakeWhereNobodyKnowsTheOperators(t *testing.T) {
	for name, c := range map[string]struct {
		key, begins string
		refused     bool
	}{
		"a built-in one":             {"telemetry-scheduler.io/heat", "", false},
		"one that may be allowed":    {"example.com/heat", `the key "example.com/heat" has none of the prefixes allowed by default (telemetry-scheduler.io/, `, false},
		"one of Kubernetes":          {"kubernetes.io/heat", `the key "kubernetes.io/heat" has none of the allowed prefixes `, true},
		"one of a part of it":        {"node.k8s.io/heat", `the key "node.k8s.io/heat" has none of the allowed prefixes `, true},
		"one that begins like these": {"mykubernetes.io/heat", `the key "mykubernetes.io/heat" has none of the prefixes allowed by default`, false},
		"none at all":                {"heat", `the key "heat" has none of the allowed prefixes `, true},
		"no key":                     {"-/heat", `"-/heat" cannot be the key of a mark`, true},
	} {
		t.Run(name, func(t *testing.T) {
			opts := clusterOptions()
			opts.AnyPrefix = true
			document, mistakes := Parse("f", []byte(header+"rules:\n- name: hot\n  when: {metric: memory, above: 85%}\n  actions: {label: {key: "+c.key+", value: hot}}\n"), opts)
			if (document == nil) != c.refused || (len(mistakes) > 0) != (c.begins != "") {
				t.Fatalf("it is refused: %v; it says %s", document == nil, listed(mistakes))
			}
			if len(mistakes) > 0 && (mistakes[0].Warning == c.refused || !strings.HasPrefix(mistakes[0].Message, c.begins)) {
				t.Errorf("it says %s", listed(mistakes))
			}
		})
	}
}

func TestWithoutAnyMetricsNothingCanBeNamed(t *testing.T) {
	_, mistakes := Parse("f", []byte(header+"rules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  actions: {block: {}}\n"), Options{})
	if len(mistakes) != 1 || !strings.Contains(listed(mistakes), `no metric is called "memory"`) {
		t.Errorf("got %v", mistakes)
	}
}

func listed(mistakes []Mistake) string {
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

func TestTextsThatAreNoRules(t *testing.T) {
	empty := `f:1:1: the file is empty; begin it with "apiVersion: telemetry-scheduler.io/v1alpha1" and "kind: TelemetryRules"`
	for name, test := range map[string]struct{ text, want string }{
		"nothing":           {"", empty},
		"blanks":            {"\n  \n\n", empty},
		"comments":          {"# rules will follow\n", empty},
		"a start mark":      {"---\n", empty},
		"a word":            {"rules\n", `f:1:1: the file must be a set of fields, not text; write its fields as "name: value"`},
		"null":              {"~\n", empty},
		"a picture":         {"\x89PNG\r\n\x1a\n", "f:1:1: this is not a text: byte 0x89 is not UTF-8; save it as plain text in UTF-8"},
		"a terminal escape": {header + "\x1b[31m", "f:3:1: this is not a text: it holds the control character 0x1b; save it as plain text in UTF-8"},
		"UTF-16":            {"\xff\xfea\x00", "f:1:1: this is not a text: byte 0xff is not UTF-8; save it as plain text in UTF-8"},
		"JSON that is cut":  {`{"apiVersion": "telemetry-scheduler.io/v1alpha1",`, "f:1:1: a value is missing here; look at the brackets and commas"},
	} {
		t.Run(name, func(t *testing.T) {
			document, mistakes := Parse("f", []byte(test.text), clusterOptions())
			if document != nil {
				t.Errorf("a document came")
			}
			if diff := cmp.Diff(test.want, listed(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesAreReadFromJSONToo(t *testing.T) {
	mustParse(t, `{"apiVersion": "telemetry-scheduler.io/v1alpha1", "kind": "TelemetryRules",
  "rules": [{"name": "hot", "when": {"metric": "memory", "above": "90%"}, "actions": {"block": {}}}]}`)
}

// TestLineEndsOfWindowsChangeNothing reads every fixture with both line ends.
func TestLineEndsOfWindowsChangeNothing(t *testing.T) {
	for _, path := range glob(t, "testdata/*/*.yaml") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, want := Parse("f", data, clusterOptions())
		_, got := Parse("f", bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")), clusterOptions())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-LF +CRLF):\n%s", path, diff)
		}
	}
}

// TestTextsOfOneMebibyte reads the longest texts that a ConfigMap can hold.
func TestTextsOfOneMebibyte(t *testing.T) {
	fill := func(part string) string { return strings.Repeat(part, (1<<20-len(header)-400)/len(part)) }
	for name, test := range map[string]struct{ text, want string }{
		"of comments":          {header + fill("# nothing\n"), "1:1: warning: the file holds no rules"},
		"of nested lists":      {header + "rules: " + fill("["), "lists or fields stand too deep in each other"},
		"of mistakes":          {header + "rules:\n" + fill("- name: A\n"), `rules[0] needs "when"`},
		"of duplicate keys":    {header + fill("kind: TelemetryRules\n"), `"kind" stands twice here`},
		"of one name":          {header + "rules:\n- name: " + fill("a"), "is not a name"},
		"of aliases":           {header + "x: &a [1]\ny: [" + fill("*a,") + "]", "the anchor &a is not read here"},
		"of allowances":        {header + "rules:\n- actions: {evict: {allow: [" + fill("x,") + "]}}\n", "lists 524"},
		"of numbers":           {header + "rules:\n- when: {metric: cpu, above: " + fill("9") + "%}\n", "is out of range"},
		"and a byte too many":  {strings.Repeat("#", 1<<20+1), "the text is 1048577 bytes long"},
		"of tabs":              {header + fill("\t\n"), "indented with a tab"},
		"of conditions in any": {header + "rules:\n- name: a\n  when: {any: [" + fill("{metric: cpu, above: 1},") + "]}\n", "1 can be read as 1% or as 100%"},
	} {
		t.Run(name, func(t *testing.T) {
			_, mistakes := Parse("f", []byte(test.text), clusterOptions())
			if len(mistakes) == 0 || len(mistakes) > 101 {
				t.Fatalf("%d mistakes were listed", len(mistakes))
			}
			if !strings.Contains(listed(mistakes), test.want) {
				t.Errorf("got %.500s…, want one with %q", listed(mistakes), test.want)
			}
		})
	}
}

func TestAThousandRulesLoad(t *testing.T) {
	var text strings.Builder
	text.WriteString(header + "rules:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "- name: rule-%d\n  when: {metric: memory, above: 90%%}\n  actions: {block: {}}\n", i)
	}
	if got := len(mustParse(t, text.String()).Rules); got != 1000 {
		t.Errorf("%d rules were read", got)
	}
}

func TestAWarningKeepsNothingOutOfForce(t *testing.T) {
	document, mistakes := Parse("f", []byte(header+"rules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  for: 5s\n  actions: {block: {}}\n"), clusterOptions())
	if document == nil || len(mistakes) != 1 || !mistakes[0].Warning {
		t.Errorf("got %v", mistakes)
	}
}

func TestErrorsComeBeforeWarningsOfTheSamePlace(t *testing.T) {
	at := func(line int, message string, warning bool) Mistake {
		return Mistake{File: "f", Line: line, Column: 1, Message: message, Warning: warning}
	}
	got := inOrder([]Mistake{at(2, "odd", true), at(2, "bad", false), at(1, "odd", true), at(2, "worse", false)})
	want := []Mistake{at(1, "odd", true), at(2, "bad", false), at(2, "worse", false), at(2, "odd", true)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}
