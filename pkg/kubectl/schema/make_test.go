package schema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// maker makes schemas of Go types as they stand in their sources, which have the words
// for people too.
type maker struct {
	t *testing.T
	// types are structs, and texts types of text with the words that they can be.
	types map[string]*ast.TypeSpec
	texts map[string][]any
	docs  map[string]string
	// scalar is what a value can be that is kept as it was written.
	scalar *jsonschema.Schema
	// more are what types do not say, by Type or Type.field. Each must be used.
	more map[string]func(*jsonschema.Schema)
	made map[string]*jsonschema.Schema
	used map[string]bool
}

func newMaker(t *testing.T, folder string, scalar *jsonschema.Schema, more map[string]func(*jsonschema.Schema)) *maker {
	m := &maker{
		t: t, scalar: scalar, more: more, types: map[string]*ast.TypeSpec{}, texts: map[string][]any{}, docs: map[string]string{},
		made: map[string]*jsonschema.Schema{}, used: map[string]bool{},
	}
	paths, err := filepath.Glob(folder + "/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no sources, %v", folder, err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			if d, is := declared.(*ast.GenDecl); is && !strings.HasSuffix(path, "_test.go") {
				m.learn(d)
			}
		}
	}
	return m
}

// learn takes in types and the words of types of text.
func (m *maker) learn(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			m.types[spec.Name.Name] = spec
			m.docs[spec.Name.Name] = said(d.Doc)
		case *ast.ValueSpec:
			named, is := spec.Type.(*ast.Ident)
			if d.Tok != token.CONST || !is || len(spec.Values) != 1 {
				continue
			}
			if text, is := spec.Values[0].(*ast.BasicLit); is && text.Kind == token.STRING {
				if word, err := strconv.Unquote(text.Value); err == nil && word != "" {
					m.texts[named.Name] = append(m.texts[named.Name], word)
				}
			}
		}
	}
}

func said(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// object makes the schema of a struct.
func (m *maker) object(name string) *jsonschema.Schema {
	out := &jsonschema.Schema{
		Type: "object", Description: strings.TrimPrefix(m.docs[name], name+" "), Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	for _, field := range m.types[name].Type.(*ast.StructType).Fields.List {
		tag, _ := strconv.Unquote(field.Tag.Value)
		property, rest, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		words, found := strings.CutPrefix(said(field.Doc), field.Names[0].Name+" ")
		if !found {
			m.t.Errorf("%s.%s says nothing of itself", name, field.Names[0].Name)
		}
		s := m.value(field.Type)
		s.Description = property + " " + words
		m.extend(name+"."+property, s)
		out.Properties[property] = s
		out.PropertyOrder = append(out.PropertyOrder, property)
		if strings.HasSuffix(name, "Spec") && name[0] < 'a' && rest == "" {
			out.Required = append(out.Required, property)
		}
	}
	m.extend(name, out)
	return out
}

func (m *maker) extend(name string, s *jsonschema.Schema) {
	if more := m.more[name]; more != nil {
		more(s)
		m.used[name] = true
	}
}

// value makes the schema of the type of a field.
func (m *maker) value(of ast.Expr) *jsonschema.Schema {
	switch of := of.(type) {
	case *ast.StarExpr:
		return m.value(of.X)
	case *ast.ArrayType:
		return &jsonschema.Schema{Type: "array", Items: m.value(of.Elt)}
	case *ast.MapType:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: m.value(of.Value)}
	case *ast.SelectorExpr:
		return m.read(of.Sel.Name)
	case *ast.Ident:
		return m.named(of.Name)
	}
	panic(fmt.Sprintf("a field has the type %T", of))
}

// read makes the schema of what package strictyaml reads.
func (m *maker) read(name string) *jsonschema.Schema {
	switch name {
	case "Duration":
		return &jsonschema.Schema{Types: []string{"string", "integer"}, Pattern: durationForm, Minimum: jsonschema.Ptr(0.0), Maximum: jsonschema.Ptr(0.0)}
	case "Scalar":
		return m.scalar.CloneSchemas()
	case "OneOrEach":
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{m.scalar.CloneSchemas(), {Type: "object", AdditionalProperties: m.scalar.CloneSchemas()}}}
	case "Subtree":
		return &jsonschema.Schema{}
	}
	panic("strictyaml." + name + " has no schema")
}

// durationForm is what model.ParseDuration reads; a number can be 0 alone.
const durationForm = `^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$`

func (m *maker) named(name string) *jsonschema.Schema {
	switch name {
	case "string":
		return &jsonschema.Schema{Type: "string"}
	case "bool":
		return &jsonschema.Schema{Type: "boolean"}
	case "int32":
		return &jsonschema.Schema{Type: "integer"}
	case "float64":
		return &jsonschema.Schema{Type: "number"}
	}
	if _, is := m.types[name].Type.(*ast.StructType); !is {
		return &jsonschema.Schema{Type: "string", Enum: m.texts[name]}
	}
	definition := strings.TrimSuffix(name, "Spec")
	if m.made[definition] == nil {
		m.made[definition] = &jsonschema.Schema{} // it may stand in itself
		*m.made[definition] = *m.object(name)
	}
	// Beside a reference nothing else is read.
	return &jsonschema.Schema{AllOf: []*jsonschema.Schema{{Ref: "#/definitions/" + definition}}}
}

// whole makes the schema of a file.
func (m *maker) whole(name, title string) *jsonschema.Schema {
	out := m.object(name)
	out.Schema, out.Title = "http://json-schema.org/draft-07/schema#", title
	out.Definitions = m.made
	for name := range m.more {
		if !m.used[name] {
			m.t.Errorf("nothing is called %s", name)
		}
	}
	return out
}
