// Package tas converts policies of Telemetry Aware Scheduling, a scheduler extender that
// is no longer maintained, to rules.
package tas

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Options say what a policy alone does not.
type Options struct {
	// Namespace is that of policies which name none.
	Namespace string
	// Prometheus reads the metric x from the series node_x, joined by the label instance,
	// instead of from custom.metrics.k8s.io.
	Prometheus bool
	// Source names the operator's source; empty for the only one.
	Source string
	// ViolatingLabel also labels the nodes that deschedule is about.
	ViolatingLabel bool
	// Rules are the options with which the scheduler reads rules.
	Rules rules.Options
}

// Converter converts policies of any number of files to rules that may stand in one
// cluster. The zero value but for Options is ready.
type Converter struct {
	Options
	Texts   []*draft.Text
	Remarks []draft.Remark

	// seen are the policies by namespace/name, and metrics the names that metrics have
	// here, by those they had.
	seen    map[string]string
	metrics map[string]string
	// preferring are the namespaces of policies with a preference, by their names.
	preferring map[string]string
	names      draft.Names
}

// Add converts all policies of a file and returns how many there are.
func (c *Converter) Add(file string, data []byte) int {
	documents, mistakes := strictyaml.ParseAll(data)
	unread := draft.Reporter{File: file}
	unread.Mistakes(mistakes)
	c.Remarks = append(c.Remarks, unread.Remarks...)
	found := policies(documents)
	for _, node := range found {
		c.add(file, node)
	}
	return len(found)
}

// add converts one policy.
func (c *Converter) add(file string, node *yaml.Node) {
	one := &conversion{Converter: c, Reporter: &draft.Reporter{File: file}, node: node}
	var mistakes []strictyaml.Mistake
	one.At, mistakes = strictyaml.Decode(node, "", &one.policy)
	one.Mistakes(mistakes)
	if one.policy.Metadata.Namespace == "" {
		one.policy.Metadata.Namespace = c.Namespace
	}
	one.identity()
	one.convert()
	if !one.Failed() {
		one.Reporter.Remarks = append(one.Reporter.Remarks, one.text.Settle(c.Rules)...)
		c.Texts = append(c.Texts, one.text)
	}
	c.Remarks = append(c.Remarks, one.Reporter.Remarks...)
}

// conversion is that of one policy.
type conversion struct {
	*Converter
	*draft.Reporter
	node   *yaml.Node
	policy policy
	text   *draft.Text
}

// identity checks who the policy is, and names what becomes of it.
func (c *conversion) identity() {
	m := c.policy.Metadata
	name := m.Namespace + "/" + m.Name
	if v := c.policy.APIVersion; v != "" && v != group+version {
		c.Wrong("apiVersion", "write "+group+version, "there never was a TASPolicy of %q", strictyaml.Show(v))
	}
	switch first := c.seen[name]; {
	case m.Name == "" && !c.At.Broken("metadata.name"):
		c.Wrong("metadata.name", "give it one", "the policy has no name")
	case len(m.Name) > longestLabel:
		c.Wrong("metadata.name", "", "the name has %d characters, and a pod can name at most %d in its label %s: TAS would use this policy for no pod", len(m.Name), longestLabel, podLabel)
	case first != "":
		c.Wrong("metadata.name", "remove one", "the policy %s stands in %s too", name, first)
	}
	if c.seen == nil {
		c.seen, c.metrics, c.preferring = map[string]string{}, map[string]string{}, map[string]string{}
	}
	at := c.At.Value("metadata.name")
	c.seen[name] = fmt.Sprintf("%s:%d:%d", c.File, at.Line, at.Column)
	c.text = &draft.Text{
		Name: "tas." + m.Namespace + "." + m.Name, Key: m.Name + ".yaml", File: c.File,
		Title: "TASPolicy " + name + ".", Notes: comments(c.node),
	}
}

// comments are those of a policy that stand outside of its strategies.
func comments(node *yaml.Node) draft.Notes {
	parts := []*yaml.Node{{HeadComment: node.HeadComment}}
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		parts = append(parts, draft.Key(node, name), draft.Field(node, name))
	}
	spec := draft.Field(node, "spec")
	return draft.Comments(append(parts, draft.Key(node, "spec"), draft.Key(spec, "strategies"))...)
}

// strategyNodes are the nodes of a strategy's name and of what it says.
func (c *conversion) strategyNodes(name string) (key, value *yaml.Node) {
	all := draft.Field(draft.Field(c.node, "spec"), "strategies")
	return draft.Key(all, name), draft.Field(all, name)
}

// written are the comments of a strategy.
func (c *conversion) written(name string) draft.Notes {
	key, value := c.strategyNodes(name)
	return draft.Comments(key, value)
}
