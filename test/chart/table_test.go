package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// schema is what is read of values.schema.json.
type schema struct {
	Description          string            `json:"description"`
	Properties           map[string]schema `json:"properties"`
	AdditionalProperties any               `json:"additionalProperties"`
}

// known returns the schema and the values of the chart.
func known(t *testing.T) (s schema, values map[string]any) {
	t.Helper()
	for file, to := range map[string]any{"values.schema.json": &s, "values.yaml": &values} {
		text, err := os.ReadFile(filepath.Join(chart, file))
		if err == nil {
			err = yaml.Unmarshal(text, to)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return s, values
}

// rows are the lines of the table for all below a path. A value with a description is one
// line, one without it has a line for each of its fields.
func rows(t *testing.T, path string, s schema, value any) (out []string) {
	t.Helper()
	if s.Description != "" {
		return []string{fmt.Sprintf("| `%s` | `%s` | %s |", path, asJSON(value), s.Description)}
	}
	fields, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		v, has := fields[name]
		if !has && name != "global" {
			t.Errorf("values.yaml has no %s", strings.TrimPrefix(path+"."+name, "."))
		}
		if has {
			out = append(out, rows(t, strings.TrimPrefix(path+"."+name, "."), s.Properties[name], v)...)
		}
	}
	for name := range fields {
		if _, has := s.Properties[name]; !has {
			t.Errorf("the schema has no %s", strings.TrimPrefix(path+"."+name, "."))
		}
	}
	if s.AdditionalProperties != false {
		t.Errorf("%s takes fields that nobody reads", path)
	}
	return out
}

func asJSON(value any) string {
	out, _ := json.Marshal(value)
	return string(out)
}

// TestTheTableOfValuesIsThatOfTheSchema writes it into the page, and holds the values to it.
func TestTheTableOfValuesIsThatOfTheSchema(t *testing.T) {
	s, values := known(t)
	table := "| value | default | what it is |\n|---|---|---|\n" + strings.Join(rows(t, "", s, values), "\n") + "\n"
	page := filepath.Join(root, "manifests", "README.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`(?m)^\| value \| default \|.*\n(\|.*\n)+`)
	if !place.Match(text) {
		t.Fatalf("%s has no table of values", page)
	}
	same(t, page, string(place.ReplaceAllLiteral(text, []byte(table))))
}

// TestTheSchemaKnowsTheArguments compares it with what docs/operating.md shows as defaults,
// which is tested against the program.
func TestTheSchemaKnowsTheArguments(t *testing.T) {
	s, _ := known(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(rulesLabel.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("docs/operating.md does not show the defaults")
	}
	var shown map[string]any
	if err := yaml.Unmarshal(block[1], &shown); err != nil {
		t.Fatal(err)
	}
	if _, err := args.Parse(block[1], args.Options{SourceTypes: args.Types()}); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(s.Properties["telemetry"].Properties)), slices.Sorted(maps.Keys(shown)); !slices.Equal(got, want) {
		t.Errorf("the schema has the arguments %v, and the program %v", got, want)
	}
}
