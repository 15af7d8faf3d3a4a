package checks

import (
	"context"
	"fmt"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var rejected = Check{Name: "rejected", About: "whether the texts of rules are accepted, as `lint -n` judges them", Look: lookAtRejected}

// elsewhere are checks of lint that another check here is about.
var elsewhere = []rules.Check{rules.CheckLabel, rules.CheckKey, rules.CheckNotAllowed, rules.CheckPause, lint.CheckSeries}

func lookAtRejected(ctx context.Context, c *Cluster) ([]Finding, error) {
	judged, err := c.Judged(ctx)
	if err != nil {
		return nil, err
	}
	mistakes := map[string]int{}
	var first []lint.Finding
	for _, f := range judged.Findings {
		if f.Severity != lint.Error || slices.Contains(elsewhere, f.Check) {
			continue
		}
		if mistakes[f.File]++; mistakes[f.File] == 1 {
			first = append(first, f)
		}
	}
	var out []Finding
	for _, f := range first {
		out = append(out, c.mistaken(f, mistakes[f.File]))
	}
	return out, nil
}

func (c *Cluster) mistaken(f lint.Finding, mistakes int) Finding {
	namespace, name := parentOf(f)
	what := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	if mistakes > 1 {
		what = fmt.Sprintf("%s has %d mistakes, the first at %d:%d: %s", f.File, mistakes, f.Line, f.Column, f.Message)
	}
	return Finding{
		Severity: Error, Object: "configmap/" + name + " -n " + namespace, What: what,
		Why:    "its last good text stays in force; where there never was one, nothing of it is",
		Advice: f.Mend,
		Mend:   c.command("edit configmap %s -n %s", name, namespace),
	}
}
