package lint

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// refusal is why the API server would refuse a ConfigMap.
type refusal struct {
	at            place
	message, mend string
}

func (r refusal) mistake() rules.Mistake {
	return rules.Mistake{Check: CheckManifest, Message: "the API server refuses this: " + r.message, Mend: r.mend}
}

// refusalsIn judges a ConfigMap in a file by the form of what the API server looks at.
func refusalsIn(p *page, node *yaml.Node) (out []refusal) {
	v := &validator{page: p}
	_, metadata := field(node, "metadata")
	v.names(node, metadata)
	for _, part := range []struct {
		parent *yaml.Node
		name   string
		key    func(string) []string
		value  func(string) []string
	}{
		{metadata, "labels", validation.IsQualifiedName, validation.IsValidLabelValue},
		{metadata, "annotations", validation.IsQualifiedName, anything},
		{node, "data", validation.IsConfigMapKey, anything},
		{node, "binaryData", validation.IsConfigMapKey, anything},
	} {
		if _, values := field(part.parent, part.name); values != nil && values.Kind == yaml.MappingNode {
			v.mapping(values, part.name, part.key, part.value)
		}
	}
	v.twice(node)
	v.size(node)
	return v.found
}

func anything(string) []string { return nil }

// validator gathers refusals.
type validator struct {
	page  *page
	found []refusal
}

func (v *validator) refuse(at *yaml.Node, mend, format string, args ...any) {
	v.found = append(v.found, refusal{v.page.at(at.Line, at.Column), fmt.Sprintf(format, args...), mend})
}

// form refuses a text for the first thing that is wrong with its form.
func (v *validator) form(at *yaml.Node, what string, wrong []string) {
	if len(wrong) == 0 {
		return
	}
	why, _, _ := strings.Cut(wrong[0], " (e.g.")
	v.refuse(at, "", "%q is no %s: %s", at.Value, what, why)
}

// names judges the name and the namespace.
func (v *validator) names(node, metadata *yaml.Node) {
	_, name := field(metadata, "name")
	_, prefix := field(metadata, "generateName")
	switch {
	case name != nil && name.Value != "":
		v.text(name, "name")
		v.form(name, "name of a ConfigMap", validation.IsDNS1123Subdomain(name.Value))
	case prefix == nil:
		v.refuse(node, "give it one", "the ConfigMap has no name")
	}
	if _, namespace := field(metadata, "namespace"); namespace != nil && namespace.Value != "" {
		v.text(namespace, "namespace")
		v.form(namespace, "name of a namespace", validation.IsDNS1123Label(namespace.Value))
	}
}

// mapping judges the keys and the values of a mapping to texts.
func (v *validator) mapping(values *yaml.Node, name string, key, value func(string) []string) {
	for i := 0; i+1 < len(values.Content); i += 2 {
		k, one := values.Content[i], resolved(values.Content[i+1])
		if k.Tag != "!!merge" {
			v.form(k, "key of "+name, key(k.Value))
		}
		if one.Kind == yaml.ScalarNode && v.text(one, name) {
			v.form(one, "value of "+name, value(one.Value))
		}
	}
}

// text refuses a value that kubectl does not read as text, and reports whether it does.
// kubectl reads YAML 1.1, to which yes and on are no texts either.
func (v *validator) text(value *yaml.Node, name string) bool {
	const asText = yaml.TaggedStyle | yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if value.Style&asText != 0 || value.Tag == "!!null" {
		return true
	}
	var read any
	if err := sigsyaml.Unmarshal([]byte(value.Value), &read); err != nil {
		return true // it is text of which nothing else can be made
	}
	what := ""
	switch read.(type) {
	case bool:
		what = "true or false"
	case float64:
		what = "a number"
	default:
		return true
	}
	v.refuse(value, fmt.Sprintf("write %q, in quotes", value.Value), "%s takes texts, and %s without quotes is %s", name, value.Value, what)
	return false
}

// twice refuses a key that stands in both parts.
func (v *validator) twice(node *yaml.Node) {
	_, data := field(node, "data")
	_, binary := field(node, "binaryData")
	if binary == nil {
		return
	}
	for i := 0; i+1 < len(binary.Content); i += 2 {
		if has(data, binary.Content[i].Value) {
			v.refuse(binary.Content[i], "remove one", "the key %s stands in data too", binary.Content[i].Value)
		}
	}
}

// size refuses more than a ConfigMap holds.
func (v *validator) size(node *yaml.Node) {
	size := 0
	_, data := field(node, "data")
	if data == nil {
		return
	}
	for i := 1; i < len(data.Content); i += 2 {
		size += len(resolved(data.Content[i]).Value)
	}
	if size > corev1.MaxSecretSize {
		v.refuse(node, "divide it", "a ConfigMap holds at most %d bytes, and this one has %d", corev1.MaxSecretSize, size)
	}
}
