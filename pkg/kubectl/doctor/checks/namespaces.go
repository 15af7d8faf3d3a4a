package checks

import (
	"context"
	"fmt"

	klabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var namespaces = Check{Name: "namespaces", About: "whether ConfigMaps of rules stand in namespaces that may have some", Look: lookAtNamespaces}

func lookAtNamespaces(ctx context.Context, c *Cluster) ([]Finding, error) {
	return c.fromLint(ctx, rules.CheckNotAllowed, func(_ lint.Finding, namespace, name string) Finding {
		f := Finding{Severity: Error, Why: "nothing of it is in force", Mend: c.move(name, namespace)}
		if c.Settings.Args.Namespaces == nil {
			f.What = fmt.Sprintf("%s/%s: rules are read in the namespace %s alone", namespace, name, c.Settings.Namespace)
			f.Advice = `move them there, or let namespaces have rules of their own with the argument "namespaces"`
		}
		if key, value := labelOf(c.Settings.Args.Namespaces); key != "" {
			f.Mend = c.command("label namespace %s %s=%s --overwrite", namespace, key, value)
		}
		return f
	})
}

// move brings a ConfigMap into the scheduler's namespace.
func (c *Cluster) move(name, from string) string {
	read := c.command("get configmap %s -n %s -o yaml", name, from)
	made := c.command("create -f -")
	gone := c.command("delete configmap %s -n %s", name, from)
	return read + " | sed 's/^  namespace: " + from + "$/  namespace: " + c.Settings.Namespace + "/' | " + made + " && " + gone
}

// labelOf returns a label that a selector of one label selects; empty for others.
func labelOf(s klabels.Selector) (key, value string) {
	if s == nil {
		return "", ""
	}
	all, _ := s.Requirements()
	if len(all) != 1 {
		return "", ""
	}
	switch one := all[0]; one.Operator() {
	case selection.Equals, selection.DoubleEquals, selection.In:
		value, _ = one.Values().PopAny()
		return one.Key(), value
	case selection.Exists:
		return one.Key(), "true"
	}
	return "", ""
}
