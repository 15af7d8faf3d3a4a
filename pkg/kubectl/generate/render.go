package generate

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"yaml": flow, "quoted": quoted, "indent": indent, "labels": matchLabels, "inc": func(i int) int { return i + 1 },
}).ParseFS(files, "templates/*.yaml"))

func render(name string, data any) (string, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	return out.String(), nil
}

// matchLabels is a selector.
func matchLabels(labels map[string]string) any {
	return map[string]map[string]string{"matchLabels": labels}
}

// flow is a value in one line of YAML.
func flow(value any) (string, error) {
	node := new(yaml.Node)
	if err := node.Encode(value); err != nil {
		return "", err
	}
	inOneLine(node)
	text, err := yaml.Marshal(node)
	return strings.TrimSpace(string(text)), err
}

// quoted is a text in quotes, as it may stand anywhere in YAML.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func inOneLine(node *yaml.Node) {
	if node.Kind != yaml.ScalarNode {
		node.Style |= yaml.FlowStyle
	}
	for _, inner := range node.Content {
		inOneLine(inner)
	}
}

func indent(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "    " + line
		}
	}
	return strings.Join(lines, "\n")
}
