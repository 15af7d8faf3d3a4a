package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manifestTexts returns the texts of rules in the ConfigMaps of a manifest; a file that
// has no objects is one text itself. All of them are rules of the whole cluster, since
// nobody knows here which namespace is the scheduler's own.
func manifestTexts(file string, data []byte) (out []text, err error) {
	// The parser panics on some texts that nobody writes by accident.
	defer func() {
		if recover() != nil {
			out, err = nil, errors.New("the YAML reader cannot make sense of it")
		}
	}()
	objects := false
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var object manifest
		switch err := decoder.Decode(&object); {
		case errors.Is(err, io.EOF):
			if objects && len(out) == 0 {
				return nil, errors.New("none of its objects is a ConfigMap with a key that ends in .yaml")
			}
			if !objects {
				out = []text{{file: file, data: data}}
			}
			return out, nil
		case err != nil:
			return []text{{file: file, data: data}}, nil // its own reader says what is wrong
		}
		objects = objects || object.Metadata.Kind != 0
		out = append(out, object.texts(file, data)...)
	}
}

// manifest is what matters here of an object. Rules are none: they have no metadata.
type manifest struct {
	Kind     string    `yaml:"kind"`
	Metadata yaml.Node `yaml:"metadata"`
	Data     yaml.Node `yaml:"data"`
}

func (m *manifest) texts(file string, data []byte) (out []text) {
	for i := 0; m.Kind == "ConfigMap" && i+1 < len(m.Data.Content); i += 2 {
		key, value := m.Data.Content[i].Value, m.Data.Content[i+1]
		if strings.HasSuffix(key, ".yaml") && value.Kind == yaml.ScalarNode {
			out = append(out, placed(file, key, value, data))
		}
	}
	return out
}

// placed returns the text of a key. In block style each of its lines stands where it
// stands in the file, so that mistakes have positions of the file; otherwise they have
// those of the key's text.
func placed(file, key string, value *yaml.Node, data []byte) text {
	if value.Style&yaml.LiteralStyle == 0 {
		return text{file: fmt.Sprintf("%s (%s)", file, key), data: []byte(value.Value)}
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	from := value.Line
	to := min(len(lines), from+strings.Count(value.Value, "\n"))
	out := bytes.Repeat([]byte("\n"), from)
	return text{file: file, data: append(out, bytes.Join(lines[from:to], nil)...)}
}
