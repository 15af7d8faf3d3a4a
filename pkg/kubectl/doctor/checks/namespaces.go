package checks

import (
	"context"
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var namespaces = Check{Name: "namespaces", About: "whether ConfigMaps of rules stand in namespaces that may have some", Look: lookAtNamespaces}

// lookAtNamespaces prints no command that changes anything. Whoever may write a ConfigMap
// somewhere may give it the label of rules: whether it is to govern more than before is for
// the reader to decide.
func lookAtNamespaces(ctx context.Context, c *Cluster) ([]Finding, error) {
	return c.fromLint(ctx, rules.CheckNotAllowed, func(f lint.Finding, namespace, name string) Finding {
		if c.Settings.Args.Namespaces != nil {
			return Finding{
				Severity: Warning, Why: "nothing of it is in force", What: fmt.Sprintf("%s/%s: %s", namespace, name, f.Message),
				Advice: "if they may have some, give the namespace a label that fits; others may rely on the labels that it has",
				Look:   c.command("get namespace %s --show-labels", namespace),
			}
		}
		return Finding{
			Severity: Note, Why: "nothing of it is in force", What: fmt.Sprintf("%s/%s: rules are read in the namespace %s alone", namespace, name, c.Settings.Namespace),
			Advice: `read them: there they govern pods of all namespaces; if that is meant move them, or let namespaces have rules of their own with the argument "namespaces"`,
			Look:   c.command("get configmap %s -n %s -o yaml", name, namespace),
		}
	})
}
