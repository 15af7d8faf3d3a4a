package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	klabels "k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var selects = Check{Name: "selects", About: "whether rules and preferences select nodes", Look: lookAtSelectors}

func lookAtSelectors(ctx context.Context, c *Cluster) ([]Finding, error) {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	judged, err := c.Judged(ctx)
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	var out []Finding
	for i := range judged.Set.Rules {
		if r := &judged.Set.Rules[i]; selectsNone(r.Nodes, nodes) {
			out = append(out, c.selectsNothing("rule "+r.Key().String(), r.Origin, r.Nodes, len(nodes)))
		}
	}
	for i := range judged.Set.Preferences {
		if p := &judged.Set.Preferences[i]; selectsNone(p.Nodes, nodes) {
			out = append(out, c.selectsNothing("preference "+p.Key().String(), p.Origin, p.Nodes, len(nodes)))
		}
	}
	return out, nil
}

func selectsNone(s klabels.Selector, nodes []corev1.Node) bool {
	return !slices.ContainsFunc(nodes, func(n corev1.Node) bool { return s.Matches(klabels.Set(n.Labels)) })
}

func (c *Cluster) selectsNothing(what string, at rules.Origin, selector klabels.Selector, nodes int) Finding {
	namespace, name, _ := strings.Cut(mapOf(at), "/")
	return Finding{
		Severity: Warning, Object: "configmap/" + name + " -n " + namespace,
		What:   fmt.Sprintf("%s:%d:%d: the %s selects none of %s: %s", at.File, at.Line, at.Column, what, cli.Count(nodes, "node"), selector),
		Why:    "it does nothing: a pool that is scaled to zero, or a slip in a label",
		Advice: "compare it with the labels of the nodes: " + c.command("get nodes --show-labels"),
		Mend:   c.command("edit configmap %s -n %s", name, namespace),
	}
}
