package v1alpha1

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

var update = flag.Bool("update", false, "write schema.json anew")

// answers are the types that a whole answer can be of.
var answers = []any{RuleList{}, PreferenceList{}, KeyList{}, PhaseList{}, ValueList{}, NodeList{}, SourceList{}, InFlightList{}, WaitingList{}, EvictionList{}, PodVerdict{}}

// parts are the types that answers are made of. Header and Page are embedded.
var parts = []any{
	Actions{}, Amounts{}, Avoid{}, AvoidPoints{}, Block{}, Board{}, Break{}, Comparison{}, Conflict{}, Counts{}, Decision{}, Estimate{}, EstimatedAmount{}, Evict{}, Evictable{}, Eviction{}, EvictionCount{}, EvictionRule{}, EvictionWindow{}, Exempt{}, Group{}, Join{},
	Key{}, Mistake{}, Named{}, Nearest{}, Node{}, NodeEviction{}, NodeRule{}, NodeValue{}, NodeVerdict{}, Origin{}, Pause{}, Phase{}, PlannedPod{}, Pod{}, PodInFlight{}, Preference{}, PreferencePoints{}, Rule{},
	Silence{}, SilencedRule{}, Source{}, SourceMetric{}, Spared{}, Unseen{}, Value{}, ValueInFlight{}, Violation{}, WaitedFor{}, WaitingPod{}, WithPod{},
}

func TestTheSchemaIsThatOfTheTypes(t *testing.T) {
	text, err := json.MarshalIndent(schema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile("schema.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(Schema), string(text)); diff != "" {
		t.Errorf("schema.json is not made of the types; run this test with -update and read what changes (-file +types):\n%s", diff)
	}
}

// schema makes one schema of all types. What they say of themselves is in their
// comments.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out := &jsonschema.Schema{
		Schema: "https://json-schema.org/draft/2020-12/schema", ID: "https://telemetry-scheduler.io/api/v1alpha1",
		Title: "Answers of the read-only API of telemetry-scheduler, " + APIVersion, Defs: map[string]*jsonschema.Schema{},
	}
	words := comments(t)
	for _, value := range append(answers, parts...) {
		kind := reflect.TypeOf(value)
		s, err := jsonschema.ForType(kind, &jsonschema.ForOptions{TypeSchemas: others(kind)})
		if err != nil {
			t.Fatal(err)
		}
		describe(t, s, kind, words)
		out.Defs[kind.Name()] = s
	}
	for _, value := range answers {
		kind := reflect.TypeOf(value).Name()
		out.Defs[kind].Properties["kind"].Const = jsonschema.Ptr[any](kind)
		out.Defs[kind].Properties["apiVersion"].Const = jsonschema.Ptr[any](APIVersion)
		out.OneOf = append(out.OneOf, &jsonschema.Schema{Ref: "#/$defs/" + kind})
	}
	return out
}

// others lets a type refer to the others instead of repeating them.
func others(than reflect.Type) map[reflect.Type]*jsonschema.Schema {
	out := map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[time.Time](): {Type: "string", Format: "date-time"}}
	for _, part := range parts {
		if kind := reflect.TypeOf(part); kind != than {
			out[kind] = &jsonschema.Schema{Ref: "#/$defs/" + kind.Name()}
		}
	}
	return out
}

// describe adds what comments say, and takes out what is never written.
func describe(t *testing.T, s *jsonschema.Schema, kind reflect.Type, words map[string]string) {
	t.Helper()
	s.Description, s.AdditionalProperties = words[kind.Name()], nil
	for field := range leaves(kind) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		property, owner := s.Properties[name], ownerOf(kind, field.Name)
		if words[owner+"."+field.Name] == "" {
			t.Errorf("%s.%s says nothing of itself", owner, field.Name)
		}
		if property.Types != nil { // a value that is absent is left out, and never null
			property.Type, property.Types = property.Types[len(property.Types)-1], nil
		}
		if property.Ref != "" {
			property.Type = ""
		}
		property.Description = words[owner+"."+field.Name]
	}
}

func leaves(kind reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, field := range reflect.VisibleFields(kind) {
			if !field.Anonymous && !yield(field) {
				return
			}
		}
	}
}

// ownerOf names the type in which a field is written.
func ownerOf(kind reflect.Type, field string) string {
	found, _ := kind.FieldByName(field)
	if len(found.Index) == 1 {
		return kind.Name()
	}
	return kind.Field(found.Index[0]).Type.Name()
}

// comments returns what is written above types and their fields, by Type and Type.Field.
func comments(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"types.go", "rules.go", "telemetry.go", "inflight.go", "waiting.go", "evictions.go", "verdict.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if types, is := d.(*ast.GenDecl); is && types.Tok == token.TYPE {
				spec := types.Specs[0].(*ast.TypeSpec)
				out[spec.Name.Name] = line(types.Doc)
				for _, field := range spec.Type.(*ast.StructType).Fields.List {
					if len(field.Names) > 0 {
						out[spec.Name.Name+"."+field.Names[0].Name] = line(field.Doc)
					}
				}
			}
		}
	}
	return out
}

func line(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// TestTheExamplesAreAnswers reads the examples, which the tests of the handlers make,
// by the schema, and wants no field that it does not know.
func TestTheExamplesAreAnswers(t *testing.T) {
	var strict jsonschema.Schema
	if err := json.Unmarshal(Schema, &strict); err != nil {
		t.Fatal(err)
	}
	for _, s := range strict.Defs {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
	resolved, err := strict.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("examples")
	if err != nil || len(files) < len(answers) {
		t.Fatalf("there are %d examples, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile("examples/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		var answer any
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(answer); err != nil {
			t.Errorf("%s is no answer by the schema: %v", f.Name(), err)
		}
	}
}
