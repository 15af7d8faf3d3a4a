// Package descheduler converts policies of the Kubernetes descheduler to rules, as far as
// they go by what is measured: the plugin LowNodeUtilization with metrics.
package descheduler

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Options say what a policy alone does not.
type Options struct {
	// Block also keeps new pods off the nodes that pods are moved from.
	Block bool
	// Source names the operator's source of a Prometheus query; empty for the only one.
	Source string
	// Rules are the options with which the scheduler reads rules.
	Rules rules.Options
}

// Converter converts policies of any number of files to rules that may stand in one
// cluster. The zero value but for Options is ready.
type Converter struct {
	Options
	Texts   []*draft.Text
	Remarks []draft.Remark

	// seen are the places of profiles by their names.
	seen  map[string]string
	names draft.Names
}

// Add converts all policies of a file, those in ConfigMaps too, and returns how many
// there are.
func (c *Converter) Add(file string, data []byte) (found int) {
	documents, mistakes := strictyaml.ParseAll(data)
	unread := &draft.Reporter{File: file}
	unread.Mistakes(mistakes)
	c.Remarks = append(c.Remarks, unread.Remarks...)
	for _, d := range documents {
		switch draft.Word(d, "kind") {
		case kind:
			c.policy(file, d)
			found++
		case "ConfigMap":
			found += c.configMap(file, d)
		}
	}
	return found
}

// configMap converts the policies that a ConfigMap holds. Places in them are those of the
// inner text.
func (c *Converter) configMap(file string, d *yaml.Node) (found int) {
	data := draft.Field(d, "data")
	if data == nil || data.Kind != yaml.MappingNode {
		return 0
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		if key, text := data.Content[i].Value, data.Content[i+1].Value; strings.Contains(text, kind) {
			found += c.Add(fmt.Sprintf("%s (key %s)", file, key), []byte(text))
		}
	}
	return found
}

func (c *Converter) policy(file string, node *yaml.Node) {
	one := &conversion{Converter: c, Reporter: &draft.Reporter{File: file}, node: node}
	var mistakes []strictyaml.Mistake
	if version := draft.Word(node, "apiVersion"); version != apiVersion {
		at := draft.Field(node, "apiVersion")
		if at == nil {
			at = node
		}
		one.Remark(draft.Error, strictyaml.Position{Line: at.Line, Column: at.Column}, "its own documentation says how an older one is migrated", "only %s is read, not %q", apiVersion, strictyaml.Show(version))
	} else {
		one.At, mistakes = strictyaml.Decode(node, "", &one.policy)
		one.Mistakes(mistakes)
		one.profiles()
	}
	c.Remarks = append(c.Remarks, one.Reporter.Remarks...)
}

// conversion is that of one policy.
type conversion struct {
	*Converter
	*draft.Reporter
	node   *yaml.Node
	policy policy
}

// profiles makes a text of each profile with LowNodeUtilization.
func (c *conversion) profiles() {
	c.lost()
	for i := range c.policy.Profiles {
		p, path := &c.policy.Profiles[i], strictyaml.Path("profiles").Index(i)
		before := len(c.Reporter.Remarks)
		text := &draft.Text{File: c.File, Title: fmt.Sprintf("DeschedulerPolicy, profile %s.", strictyaml.Show(p.Name))}
		text.Name = c.names.For("text", "descheduler-"+p.Name)
		text.Key, text.Notes = text.Name+".yaml", draft.Comments(c.node.Content[0], c.profileNode(path))
		c.once(path.Child("name"), p.Name)
		c.plugins(path, p)
		if slices.Contains(p.Plugins.Balance.Enabled, lowNodeUtilization) {
			c.balance(text, path, p)
		}
		if draft.AnyError(c.Reporter.Remarks[before:]) {
			continue
		}
		c.Reporter.Remarks = append(c.Reporter.Remarks, text.Settle(c.Rules)...)
		c.Texts = append(c.Texts, text)
	}
}

// once checks that no other profile has the name, by which rules are named.
func (c *conversion) once(path strictyaml.Path, name string) {
	if c.seen == nil {
		c.seen = map[string]string{}
	}
	if first := c.seen[name]; first != "" {
		c.Wrong(path, "give one another name", "the profile %q stands in %s too", strictyaml.Show(name), first)
	}
	at := c.At.Value(path)
	c.seen[name] = fmt.Sprintf("%s:%d:%d", c.File, at.Line, at.Column)
}

// lost says what of the policy as a whole has no counterpart.
func (c *conversion) lost() {
	for _, name := range []strictyaml.Path{"gracePeriodSeconds", "evictionFailureEventNotification"} {
		if c.At.Has(name) {
			c.Remark(draft.Note, c.At.Key(name), "", "%s has no counterpart: pods are evicted with the time that they ask for, and each eviction is told", name)
		}
	}
}

// plugins says which plugins are not converted.
func (c *conversion) plugins(path strictyaml.Path, p *profile) {
	for _, point := range []string{"deschedule", "balance"} {
		enabled := map[string][]string{"deschedule": p.Plugins.Deschedule.Enabled, "balance": p.Plugins.Balance.Enabled}[point]
		for i, name := range enabled {
			if name != lowNodeUtilization {
				at := path.Child("plugins").Child(point).Child("enabled").Index(i)
				c.Remark(draft.Note, c.At.Value(at), "leave it to the descheduler", "the plugin %s does not go by telemetry, and is not converted", strictyaml.Show(name))
			}
		}
	}
}

// root is the path of the arguments of a plugin, in which all others begin.
const root strictyaml.Path = "args"

// args decodes the arguments of a plugin. It returns nil where there are none.
func (c *conversion) args(path strictyaml.Path, p *profile, name string, into any) *draft.Reporter {
	for i, config := range p.PluginConfig {
		if config.Name != name {
			continue
		}
		node := draft.Field(draft.Field(c.profileNode(path), "pluginConfig").Content[i], "args")
		if node == nil {
			return nil
		}
		out := &draft.Reporter{File: c.File}
		var mistakes []strictyaml.Mistake
		out.At, mistakes = strictyaml.Decode(node, root, into)
		out.Mistakes(mistakes)
		return out
	}
	return nil
}

// profileNode is the node of a profile.
func (c *conversion) profileNode(path strictyaml.Path) *yaml.Node {
	var i int
	_, _ = fmt.Sscanf(string(path), "profiles[%d]", &i) // it is the path of one that was decoded
	return draft.Field(c.node, "profiles").Content[i]
}
