package app

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// place is where one profile says the plugin's arguments, or could.
type place struct {
	file string
	path strictyaml.Path
	// node holds the arguments; or it is the profile that has none, where the
	// defaults hold.
	node    *yaml.Node
	written bool
	// args are known after check, unless they have mistakes.
	args *args.Args
}

// places returns those of all profiles that have the plugin.
func places(file string, tree *yaml.Node) []*place {
	var out []*place
	for i, profile := range entries(field(tree, "profiles")) {
		at := strictyaml.Path("profiles").Index(i)
		said := argumentsIn(file, profile, at)
		if len(said) == 0 && enables(profile) {
			said = []*place{{file: file, path: at, node: profile}}
		}
		out = append(out, said...)
	}
	return out
}

func argumentsIn(file string, profile *yaml.Node, at strictyaml.Path) []*place {
	var out []*place
	for i, config := range entries(field(profile, "pluginConfig")) {
		written := field(config, "args")
		if written != nil && named(config) {
			out = append(out, &place{file: file, path: at.Child("pluginConfig").Index(i).Child("args"), node: written, written: true})
		}
	}
	return out
}

// enables reports whether a profile has the plugin at any extension point.
func enables(profile *yaml.Node) bool {
	plugins := dereference(field(profile, "plugins"))
	if plugins == nil {
		return false
	}
	return slices.ContainsFunc(plugins.Content, func(point *yaml.Node) bool {
		return slices.ContainsFunc(entries(field(point, "enabled")), named)
	})
}

// named reports whether an entry is about our plugin.
func named(entry *yaml.Node) bool {
	name := dereference(field(entry, "name"))
	return name != nil && name.Value == telemetry.Name
}

// check decodes the arguments and compares them with those of the first profile.
func (p *place) check(first *place, opts args.Options) (mistakes []strictyaml.Mistake) {
	if p.written {
		p.args, mistakes = args.Decode(p.node, p.path, opts)
	} else {
		p.args, _ = args.Parse(nil, opts)
	}
	if p.args == nil || first == nil {
		return mistakes
	}
	if name := args.Difference(first.args, p.args); name != "" {
		mistakes = append(mistakes, p.differs(name, first))
	}
	return mistakes
}

func (p *place) differs(name string, first *place) strictyaml.Mistake {
	here, there := p.where(name), first.where(name)
	return strictyaml.Mistake{
		Position: here,
		Path:     p.path.Child(name),
		Message:  fmt.Sprintf("%s differs from the one at %s:%d:%d, and one process can follow only one", name, first.file, there.Line, there.Column),
		Mend:     "write the same arguments in every profile that has the plugin",
	}
}

// where is the place of one argument, or of what could hold it.
func (p *place) where(name string) strictyaml.Position {
	n := p.node
	if value := field(n, name); p.written && value != nil {
		n = value
	}
	return strictyaml.Position{Line: n.Line, Column: n.Column}
}

// field returns a field of a mapping; nil where there is none.
func field(n *yaml.Node, name string) *yaml.Node {
	n = dereference(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// entries returns the entries of a list; none for anything else.
func entries(n *yaml.Node) []*yaml.Node {
	n = dereference(n)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func dereference(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
