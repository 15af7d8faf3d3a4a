package draft

import "go.yaml.in/yaml/v3"

// Field returns the value of a field of a mapping; nil where there is none.
func Field(n *yaml.Node, name string) *yaml.Node {
	_, value := field(n, name)
	return value
}

// Key returns the node of a field's name; nil where there is no such field.
func Key(n *yaml.Node, name string) *yaml.Node {
	key, _ := field(n, name)
	return key
}

func field(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// Word returns the value of a field that is one word; "" where there is none.
func Word(n *yaml.Node, name string) string {
	if value := Field(n, name); value != nil && value.Kind == yaml.ScalarNode {
		return value.Value
	}
	return ""
}
