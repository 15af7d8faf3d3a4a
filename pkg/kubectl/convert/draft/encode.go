package draft

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// widest is how many characters of a field stand in one line, if its value can be
// written in several.
const widest = 100

// encode writes a value of the rule format as an entry of a list, as an author would:
// without the fields that have their defaults, and in few lines.
func encode(spec any) string {
	node := nodeOf(reflect.ValueOf(spec))
	if brief(node) {
		node.Style = yaml.FlowStyle
		return written(node)
	}
	for i := 1; i < len(node.Content); i += 2 {
		fold(node.Content[i-1].Value, node.Content[i])
	}
	return written(node)
}

// brief reports whether an entry can be read in one line: one of few fields, and no rule.
func brief(n *yaml.Node) bool {
	const few = 3
	if len(n.Content) > 2*few || Field(n, "when") != nil || Field(n, "query") != nil {
		return false
	}
	flow := *n
	flow.Style = yaml.FlowStyle
	return len(written(&flow)) <= widest
}

// written writes a list of the one entry.
func written(n *yaml.Node) string {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}}); err != nil {
		panic(fmt.Sprintf("draft: writing a list: %v", err)) // it is written to memory
	}
	return out.String()
}

// fold lets a tree of conditions with several branches have a line for each, as well as
// what is too long for one line.
func fold(key string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		return
	}
	n.Style = yaml.FlowStyle
	if branches := key == "any" || key == "all"; !branches && len(written(n)) <= widest && !branching(n) {
		return
	}
	n.Style = 0
	if n.Kind == yaml.MappingNode {
		for i := 1; i < len(n.Content); i += 2 {
			fold(n.Content[i-1].Value, n.Content[i])
		}
		return
	}
	for _, entry := range n.Content {
		fold("", entry)
	}
}

// branching reports whether a condition is a tree.
func branching(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) > 0 && (n.Content[0].Value == "any" || n.Content[0].Value == "all")
}

// nodeOf makes a tree of a value, whose fields are named by their json tags.
func nodeOf(v reflect.Value) *yaml.Node {
	switch typed := v.Interface().(type) {
	case strictyaml.Scalar:
		return scalarOf(typed)
	case strictyaml.Duration:
		return textOf(typed.String())
	}
	switch v.Kind() {
	case reflect.Pointer:
		return nodeOf(v.Elem())
	case reflect.Struct:
		return mappingOf(v)
	case reflect.Slice:
		out := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			out.Content = append(out.Content, nodeOf(v.Index(i)))
		}
		return out
	}
	var out yaml.Node
	if err := out.Encode(v.Interface()); err != nil {
		panic(fmt.Sprintf("draft: %s cannot be written: %v", v.Type(), err))
	}
	return &out
}

func mappingOf(v reflect.Value) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name != "" && !v.Field(i).IsZero() {
			out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, nodeOf(v.Field(i)))
		}
	}
	return out
}

// scalarOf keeps a value as it is written, such as 90% or -1.
func scalarOf(s strictyaml.Scalar) *yaml.Node {
	out := &yaml.Node{Kind: yaml.ScalarNode, Value: s.Text}
	if s.Quoted {
		out.Style = yaml.DoubleQuotedStyle
	}
	return out
}

func textOf(text string) *yaml.Node {
	var out yaml.Node
	if err := out.Encode(text); err != nil {
		panic(fmt.Sprintf("draft: a text cannot be written: %v", err))
	}
	return &out
}
