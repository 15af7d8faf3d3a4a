package schema

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

var update = flag.Bool("update", false, "write rules.json and tests.json anew")

func TestTheSchemasAreThoseOfTheTypes(t *testing.T) {
	for name, made := range map[string]*schema{"rules.json": forRules(t), "tests.json": forTests(t)} {
		text, err := json.MarshalIndent(made, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		if *update {
			if err := os.WriteFile(name, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(read(t, name)), string(text)); diff != "" {
			t.Errorf("%s is not made of the types; run this test with -update and read what changes (-file +types):\n%s", name, diff)
		}
	}
}

func forRules(t *testing.T) *schema {
	return rulesMaker(t).whole("File", "Rules of telemetry-scheduler")
}

// forTests has the definitions of rules too: tests may hold rules.
func forTests(t *testing.T) *schema {
	out := testsMaker(t).whole("spec", "Tests of rules of telemetry-scheduler")
	for name, definition := range forRules(t).Definitions {
		out.Definitions[name] = definition
	}
	return out
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func resolved(t *testing.T, s *schema) *jsonschema.Resolved {
	t.Helper()
	out, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// shipped is the schema that the command prints.
func shipped(t *testing.T, text []byte) *jsonschema.Resolved {
	t.Helper()
	s := new(schema)
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	return resolved(t, s)
}

// judge reads a text as an editor does, and validates it; false where it is no YAML, or
// no JSON could say it.
func judge(t *testing.T, by *jsonschema.Resolved, text []byte) (error, bool) {
	t.Helper()
	if _, mistakes := strictyaml.Parse(text); len(mistakes) > 0 {
		return nil, false
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, false
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return by.Validate(value), true
}

func files(t *testing.T, patterns ...string) (out []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob("../../../" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		out = append(out, found...)
	}
	return out
}

func TestWhatIsRightIsAccepted(t *testing.T) {
	rules, tests := shipped(t, rulesSchema), shipped(t, testsSchema)
	accept := func(by *jsonschema.Resolved, paths ...string) {
		for _, path := range paths {
			if err, is := judge(t, by, read(t, path)); err != nil || !is {
				t.Errorf("%s is refused, or no YAML: %v", path, err)
			}
		}
	}
	accept(rules, files(t, "examples/rules/*.yaml")...)
	accept(tests, files(t, "examples/tests/*.yaml", "pkg/rules/engine/testdata/scenarios/*.yaml")...)
	accept(resolved(t, forRules(t)), files(t, "pkg/rules/testdata/accepted/*.yaml")...)
}

// TestMistakesOfStructureAreRefused judges every mistake that lint knows. Those that a
// schema cannot see are listed: what depends on other values, on the operator, or on how
// YAML was written.
func TestMistakesOfStructureAreRefused(t *testing.T) {
	by := resolved(t, forRules(t))
	beyond := map[string]bool{}
	for _, name := range strings.Fields(string(read(t, "testdata/beyond.txt"))) {
		beyond[name] = true
	}
	var accepted []string
	for _, path := range files(t, "pkg/rules/testdata/mistakes/*.yaml") {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		err, is := judge(t, by, read(t, path))
		if is && err == nil {
			accepted = append(accepted, name)
		}
		if warnings := onlyWarnings(read(t, path)); warnings && err != nil {
			t.Errorf("%s is refused, and the scheduler takes it: %v", name, err)
		}
		if is && (err == nil) != beyond[name] && !*update {
			t.Errorf("%s: %v; testdata/beyond.txt lists it: %v", name, err, beyond[name])
		}
	}
	if *update {
		if err := os.WriteFile("testdata/beyond.txt", []byte(strings.Join(accepted, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMistakesInTestsAreRefused(t *testing.T) {
	const good = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: RuleTests\nruleFiles: [r.yaml]\nnodes: [{name: a}]\n" +
		"series: [{metric: memory, node: a, values: 95%}]\npods: [{name: web, count: 2}]\n" +
		"cases:\n- {at: 0s, expect: [{rule: hot, phase: {a: firing}, truth: {a: True}}, {pod: web, blocked: [a]}]}\n"
	by := shipped(t, testsSchema)
	for sentence, tc := range map[string]struct{ old, new string }{
		"another kind":                       {"kind: RuleTests", "kind: TelemetryRules"},
		"a misspelt field":                   {"nodes:", "node:"},
		"a phase that there is not":          {"firing", "fireing"},
		"a pod with a phase":                 {"blocked: [a]", "phase: {a: firing}"},
		"a pod of which nothing is said":     {", blocked: [a]", ""},
		"two things at once":                 {"pod: web,", "pod: web, rule: hot,"},
		"a pod with victims":                 {"blocked: [a]", "blocked: [a], victims: [x]"},
		"a reason that there is not":         {"pod: web, blocked: [a]", "node: a, reason: InTheBnad"},
		"a node of which nothing is said":    {"pod: web, blocked: [a]", "node: a"},
		"a series and a metric":              {"metric: memory,", "metric: memory, series: up,"},
		"a metric of no node":                {" node: a,", ""},
		"a case at no time":                  {"at: 0s, ", ""},
		"no pod at all":                      {"count: 2", "count: 0"},
		"a mistake in a rule that it brings": {"ruleFiles: [r.yaml]", "rules: [{name: hot, wen: {}}]"},
	} {
		text := strings.Replace(good, tc.old, tc.new, 1)
		if err, is := judge(t, by, []byte(text)); err == nil || !is || text == good {
			t.Errorf("%s is accepted, or no YAML:\n%s", sentence, text)
		}
	}
	if err, _ := judge(t, by, []byte(good)); err != nil {
		t.Error(err)
	}
}

// onlyWarnings reports whether a fixture says that it is in force all the same.
func onlyWarnings(fixture []byte) bool {
	_, want, _ := strings.Cut(string(fixture), "# want:\n")
	for line := range strings.Lines(want) {
		if !strings.Contains(line, ": warning: ") {
			return false
		}
	}
	return true
}
