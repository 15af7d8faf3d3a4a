package checks

import (
	"context"
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var labels = Check{Name: "labels", About: "whether ConfigMaps of rules have the label by which they are read", Look: lookAtLabels}

func lookAtLabels(ctx context.Context, c *Cluster) ([]Finding, error) {
	return c.fromLint(ctx, rules.CheckLabel, func(f lint.Finding, namespace, name string) Finding {
		return Finding{
			Severity: Error, Why: "nothing of it is in force", What: fmt.Sprintf("%s: %s", f.File, f.Message),
			Advice: fmt.Sprintf("where it is out of force on purpose let the label say so, as %s=off", rules.LabelRules),
			Mend:   c.command("label configmap %s -n %s %s=%s --overwrite", name, namespace, rules.LabelRules, c.Settings.RulesLabel),
		}
	})
}

// fromLint makes findings of those of one of lint's checks. What is wrong is in lint's
// words, where of gives no others.
func (c *Cluster) fromLint(ctx context.Context, check rules.Check, of func(f lint.Finding, namespace, name string) Finding) ([]Finding, error) {
	judged, err := c.Judged(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, f := range judged.Findings {
		if f.Check != check {
			continue
		}
		namespace, name := parentOf(f)
		found := of(f, namespace, name)
		found.Object = "configmap/" + name + " -n " + namespace
		if found.What == "" {
			found.What, found.Advice = fmt.Sprintf("%s: %s", f.File, f.Message), f.Mend
		}
		out = append(out, found)
	}
	return out, nil
}
