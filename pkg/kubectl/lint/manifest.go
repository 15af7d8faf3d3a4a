package lint

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// document is one document of a YAML file.
type document struct{ root *yaml.Node }

// documents splits a file. What is no YAML is an error.
func documents(data []byte) (out []document, err error) {
	// The parser panics on some texts that nobody writes by accident.
	defer func() {
		if recover() != nil {
			out, err = nil, errors.New("the YAML reader cannot make sense of this")
		}
	}()
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var node yaml.Node
		switch err := decoder.Decode(&node); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case len(node.Content) > 0 && node.Content[0].Kind == yaml.MappingNode:
			out = append(out, document{node.Content[0]})
		}
	}
}

// field returns a field of a mapping with its key; nil where there is none.
func field(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], resolved(n.Content[i+1])
		}
	}
	return nil, nil
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func word(n *yaml.Node, name string) string {
	if _, value := field(n, name); value != nil && value.Kind == yaml.ScalarNode {
		return value.Value
	}
	return ""
}

// isObject reports whether a document is an object of Kubernetes.
func (d document) isObject() bool {
	_, metadata := field(d.root, "metadata")
	_, items := field(d.root, "items")
	return word(d.root, "kind") != rules.Kind && (metadata != nil || items != nil)
}

// isTests reports whether a document has tests of rules.
func (d document) isTests() bool { return word(d.root, "kind") == rules.TestsKind }

// isRules reports whether a document is, or was meant to be, a text of rules.
func (d document) isRules() bool {
	return word(d.root, "kind") == rules.Kind || strings.HasPrefix(word(d.root, "apiVersion"), rules.Group+"/")
}

// configMaps returns the ConfigMaps of a document, which may be a list.
func (d document) configMaps() (out []*yaml.Node) {
	if _, items := field(d.root, "items"); items != nil && strings.HasSuffix(word(d.root, "kind"), "List") {
		for _, item := range items.Content {
			if word(d.root, "kind") == "ConfigMapList" || word(resolved(item), "kind") == "ConfigMap" {
				out = append(out, resolved(item))
			}
		}
		return out
	}
	if word(d.root, "kind") == "ConfigMap" && word(d.root, "apiVersion") == "v1" {
		return []*yaml.Node{d.root}
	}
	return nil
}

// manifest is what is read of a ConfigMap.
type manifest struct {
	Metadata struct {
		Name         string            `yaml:"name"`
		GenerateName string            `yaml:"generateName"`
		Namespace    string            `yaml:"namespace"`
		Labels       map[string]string `yaml:"labels"`
		Annotations  map[string]string `yaml:"annotations"`
	} `yaml:"metadata"`
	Data       map[string]string `yaml:"data"`
	BinaryData map[string]string `yaml:"binaryData"`
}

// read makes the ConfigMap that a node describes, in namespace if it names none.
func read(node *yaml.Node, namespace string) (*corev1.ConfigMap, error) {
	var m manifest
	if err := node.Decode(&m); err != nil {
		return nil, err
	}
	cm := &corev1.ConfigMap{Data: m.Data}
	cm.Name, cm.Namespace, cm.Labels, cm.Annotations = m.Metadata.Name, m.Metadata.Namespace, m.Metadata.Labels, m.Metadata.Annotations
	if cm.Name == "" {
		cm.Name = m.Metadata.GenerateName
	}
	if cm.Namespace == "" {
		cm.Namespace = namespace
	}
	for key, text := range m.BinaryData {
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if cm.BinaryData == nil {
			cm.BinaryData = map[string][]byte{}
		}
		cm.BinaryData[key] = bytes
	}
	return cm, nil
}
