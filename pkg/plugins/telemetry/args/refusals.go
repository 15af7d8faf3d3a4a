package args

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// notInThisVersion lists the arguments that would otherwise be accepted in
// silence, with what stays true without them. Whoever makes one of these work
// deletes its line.
var notInThisVersion = map[string]string{
	"markPrefixes": "no node is marked",
}

// refuse reports the arguments that this version does not have, and returns the
// tree without them, so that they are not called unknown.
func refuse(tree *yaml.Node, at strictyaml.Path, refusals map[string]string) (*yaml.Node, []strictyaml.Mistake) {
	var mistakes []strictyaml.Mistake
	rest := without(tree, func(key, value *yaml.Node) bool {
		sentence, refused := refusals[key.Value]
		if refused && value.Tag != "!!null" {
			mistakes = append(mistakes, refusal(key, at, sentence))
		}
		return refused
	})
	return rest, mistakes
}

func refusal(key *yaml.Node, at strictyaml.Path, sentence string) strictyaml.Mistake {
	return strictyaml.Mistake{
		Position: strictyaml.Position{Line: key.Line, Column: key.Column},
		Path:     at.Child(key.Value),
		Message:  key.Value + " is not in this version: " + sentence,
		Mend:     "remove it",
	}
}

// without copies a mapping and leaves out some of its fields.
func without(tree *yaml.Node, drop func(key, value *yaml.Node) bool) *yaml.Node {
	if tree.Kind != yaml.MappingNode {
		return tree
	}
	rest := *tree
	rest.Content = nil
	for i := 0; i+1 < len(tree.Content); i += 2 {
		if !drop(tree.Content[i], tree.Content[i+1]) {
			rest.Content = append(rest.Content, tree.Content[i], tree.Content[i+1])
		}
	}
	return &rest
}

func inOrder(lists ...[]strictyaml.Mistake) []strictyaml.Mistake {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b strictyaml.Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}
