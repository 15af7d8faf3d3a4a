package scenario

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// eviction reads what the operator says of moving pods. A test is to show what would
// leave, so that its operator enforces where it says nothing else.
func (r *reader) eviction(f *file, written *spec) {
	of := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{word("eviction"), enforcing(written.Eviction.Node())}}
	said, mistakes := args.Decode(of, "", args.Options{SourceTypes: args.Types()})
	for _, m := range mistakes {
		r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: m.Line, Column: m.Column, Path: string(m.Path), Message: m.Message, Mend: m.Mend})
	}
	if said == nil {
		return
	}
	f.eviction = said.Eviction
	f.protected = map[string]bool{cmp.Or(written.SchedulerNamespace, defaultNamespace): true}
	for _, namespace := range f.eviction.ProtectedNamespaces {
		f.protected[namespace] = true
	}
}

// enforcing returns the settings with a mode.
func enforcing(written *yaml.Node) *yaml.Node {
	if written == nil {
		written = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	hasMode := slices.ContainsFunc(written.Content, func(n *yaml.Node) bool { return n.Value == "mode" }) // none of its values is this word
	if written.Kind != yaml.MappingNode || hasMode {
		return written
	}
	out := *written
	out.Content = append([]*yaml.Node{word("mode"), word(string(rules.Enforce))}, written.Content...)
	return &out
}

func word(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// nodeExpectation reads what is expected to leave a node.
func (r *reader) nodeExpectation(f *file, at strictyaml.Path, s *expectSpec) expectation {
	r.known(at.Child("node"), "node", s.Node, f.nodeNames())
	if !slices.ContainsFunc(f.rules.Rules, func(rule rules.Rule) bool { return rule.Evict != nil }) {
		r.wrong(at, `give a rule "evict" among its actions`, "no rule moves pods, so that none ever leaves")
	}
	pods := f.runningNames()
	for i, name := range s.Victims {
		r.known(at.Child("victims").Index(i), "pod with a node", name, pods)
	}
	for field, values := range map[string]map[string]strictyaml.Scalar{"home": s.Home, "spared": s.Spared} {
		r.saysSomething(at.Child(field), "pod", len(values))
		for name := range values {
			r.known(at.Child(field).Key(name), "pod with a node", name, pods)
		}
	}
	for pod, node := range s.Home {
		r.known(at.Child("home").Key(pod), "node", node.Text, append(f.nodeNames(), nobody))
	}
	for pod, reason := range s.Spared {
		r.known(at.Child("spared").Key(pod), "reason", reason.Text, append(reasons(), nobody))
	}
	if s.Reason != nil {
		r.known(at.Child("reason"), "reason", s.Reason.Text, append(reasons(), notFiring))
	}
	return &nodeExpectation{at: at, spec: s}
}

// runningNames are those of the pods that have a node, or get one.
func (f *file) runningNames() (out []string) {
	for i := range f.pods {
		if f.pods[i].node != "" || f.pods[i].arriving {
			out = append(out, f.pods[i].Name)
		}
	}
	return out
}
