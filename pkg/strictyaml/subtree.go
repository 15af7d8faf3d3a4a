package strictyaml

import "go.yaml.in/yaml/v3"

// Subtree is a part of a document that somebody else reads: it may hold anything
// but what makes a text mean more than it shows.
type Subtree struct{ node *yaml.Node }

// Node returns the part with its places; nil where it was not written.
func (s Subtree) Node() *yaml.Node { return s.node }

// YAML returns the part as a text of its own, without comments; empty where it was
// not written.
func (s Subtree) YAML() string {
	if s.node == nil {
		return ""
	}
	text, err := yaml.Marshal(bare(s.node))
	if err != nil {
		return "" // A tree that was parsed always marshals.
	}
	return string(text)
}

// bare copies a tree without its comments, in block style.
func bare(n *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ yaml.FlowStyle}
	for _, child := range n.Content {
		out.Content = append(out.Content, bare(child))
	}
	return out
}
