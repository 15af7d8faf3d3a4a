package scenario

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
)

// bareKey stands for the key that a file of rules will be.
const bareKey = "rules.yaml"

// addFile takes the ConfigMaps of a manifest in. A file that has no objects is the text
// of one key.
func (l *library) addFile(file string, data []byte) error {
	objects, err := manifests(data)
	switch {
	case err != nil && !errors.Is(err, errNoObjects):
		return err
	case err != nil:
		l.addBare(file, data)
		return nil
	}
	found := false
	for i := range objects {
		added, err := l.addObject(&objects[i], file, data)
		if err != nil {
			return err
		}
		found = found || added
	}
	if !found {
		return errors.New("none of its objects is a ConfigMap with a key that ends in .yaml")
	}
	return nil
}

// errNoObjects says that a file holds no objects of Kubernetes, or no YAML at all: the
// reader of rules says what is wrong with it.
var errNoObjects = errors.New("it has no objects")

// manifests returns the objects of a file, those of lists too.
func manifests(data []byte) (out []manifest, err error) {
	// The parser panics on some texts that nobody writes by accident.
	defer func() {
		if recover() != nil {
			out, err = nil, errors.New("the YAML reader cannot make sense of it")
		}
	}()
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var object manifest
		switch err := decoder.Decode(&object); {
		case errors.Is(err, io.EOF) && len(out) > 0:
			return out, nil
		case err != nil:
			return nil, errNoObjects
		case object.Metadata.Kind != 0 || object.Items != nil:
			out = append(append(out, object), object.items()...)
		}
	}
}

// manifest is what matters here of an object. Rules are none: they have no metadata.
type manifest struct {
	Kind     string     `yaml:"kind"`
	Metadata yaml.Node  `yaml:"metadata"`
	Data     yaml.Node  `yaml:"data"`
	Items    []manifest `yaml:"items"`
}

// items are the objects of a list. Those of a ConfigMapList need not say what they are.
func (m *manifest) items() []manifest {
	for i := range m.Items {
		if m.Kind == "ConfigMapList" {
			m.Items[i].Kind = "ConfigMap"
		}
	}
	return m.Items
}

// addObject takes in what is a ConfigMap with keys of rules, and reports whether it is.
func (l *library) addObject(m *manifest, file string, data []byte) (bool, error) {
	if m.Kind != "ConfigMap" {
		return false, nil
	}
	var meta struct {
		Name         string            `yaml:"name"`
		GenerateName string            `yaml:"generateName"`
		Namespace    string            `yaml:"namespace"`
		Labels       map[string]string `yaml:"labels"`
		Annotations  map[string]string `yaml:"annotations"`
	}
	if err := m.Metadata.Decode(&meta); err != nil {
		return false, fmt.Errorf("the metadata of a ConfigMap: %w", err)
	}
	cm := &corev1.ConfigMap{Data: map[string]string{}}
	cm.Namespace, cm.Name = cmp.Or(meta.Namespace, l.namespace), cmp.Or(meta.Name, meta.GenerateName)
	cm.Labels, cm.Annotations = meta.Labels, meta.Annotations
	l.put(cm, spot{file: file, line: m.Metadata.Line, column: m.Metadata.Column})
	found := false
	for i := 0; i+1 < len(m.Data.Content); i += 2 {
		key, value := m.Data.Content[i].Value, m.Data.Content[i+1]
		if value.Kind == yaml.ScalarNode {
			l.addKey(cm, key, value, file, data)
			found = found || strings.HasSuffix(key, ".yaml")
		}
	}
	return found, nil
}

// addKey takes the text of a key in. In block style each of its lines stands where it
// stands in the file, so that mistakes have positions of the file; otherwise they have
// those of the key's text.
func (l *library) addKey(cm *corev1.ConfigMap, key string, value *yaml.Node, file string, data []byte) {
	at := spot{file: fmt.Sprintf("%s (%s)", file, key), line: 1, column: 1}
	cm.Data[key] = value.Value
	if value.Style&yaml.LiteralStyle != 0 {
		lines := bytes.SplitAfter(data, []byte("\n"))
		from := value.Line
		to := min(len(lines), from+strings.Count(value.Value, "\n"))
		cm.Data[key] = strings.Repeat("\n", from) + string(bytes.Join(lines[from:to], nil))
		at = spot{file: file, line: value.Line, column: value.Column}
	}
	l.places[cm.Namespace+"/"+cm.Name+"/"+key] = at
}
