package checks

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var pause = Check{Name: "pause", About: "whether the stop button, an annotation or a silence holds rules back", Look: lookAtPause}

func lookAtPause(ctx context.Context, c *Cluster) ([]Finding, error) {
	judged, err := c.Judged(ctx)
	if err != nil {
		return nil, err
	}
	out := c.button(judged.Set.Pause)
	for _, of := range pausedMaps(judged.Set) {
		namespace, name, _ := strings.Cut(of, "/")
		out = append(out, Finding{
			Severity: Warning, Object: "configmap/" + name + " -n " + namespace,
			What: fmt.Sprintf("the annotation %s pauses the rules of %s", rules.AnnotationPaused, of),
			Why:  "they are evaluated, and keep nobody off",
			Mend: c.command("annotate configmap %s -n %s %s-", name, namespace, rules.AnnotationPaused),
		})
	}
	mistakes, err := c.fromLint(ctx, rules.CheckPause, func(_ lint.Finding, namespace, name string) Finding {
		return Finding{
			Severity: Warning, Why: "what cannot be read is not done, and pauses eviction until it is mended",
			Mend: c.command("edit configmap %s -n %s", name, namespace),
		}
	})
	return append(out, mistakes...), err
}

// button reports what the stop button does now.
func (c *Cluster) button(p rules.Pause) []Finding {
	var out []Finding
	object := "configmap/" + c.Settings.PauseConfigMap + " -n " + c.Settings.Namespace
	if p.BlocksPaused(c.Now()) {
		out = append(out, Finding{
			Severity: Warning, Object: object, What: "the stop button stands" + until(p.Until) + credits(p.By, p.Why),
			Why:    "rules keep nobody off",
			Advice: "ask who pressed it; silences of others, and a pause of eviction, stay as they are",
			Mend:   c.plugin("resume block --scheduler-namespace=%s", c.Settings.Namespace),
		})
	}
	for _, s := range p.Silences {
		if s.Stands(c.Now()) {
			out = append(out, Finding{
				Severity: Note, Object: object,
				What: fmt.Sprintf("%s is silent on %s%s%s", cmp.Or(s.Rule.String(), "every rule"), cmp.Or(s.Node, "every node"), until(s.Until), credits(s.By, s.Why)),
				Why:  "the rule keeps nobody off there",
				Mend: c.command("edit configmap %s -n %s", c.Settings.PauseConfigMap, c.Settings.Namespace),
			})
		}
	}
	return out
}

// credits say who did it, and why.
func credits(by, why string) string {
	if by == "" && why == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", cmp.Or(by, "somebody"), cmp.Or(why, "no reason is given"))
}

func until(t time.Time) string {
	if t.IsZero() {
		return ", until it is removed"
	}
	return " until " + t.UTC().Format(time.RFC3339)
}

// pausedMaps are the ConfigMaps, as namespace/name, whose rules their annotation pauses.
func pausedMaps(set *rules.RuleSet) []string {
	paused := map[string]bool{}
	for i := range set.Rules {
		if r := &set.Rules[i]; r.Paused {
			paused[mapOf(r.Origin)] = true
		}
	}
	for i := range set.Preferences {
		if p := &set.Preferences[i]; p.Paused {
			paused[mapOf(p.Origin)] = true
		}
	}
	return slices.Sorted(maps.Keys(paused))
}

// mapOf is the namespace/name of the ConfigMap that something was written in.
func mapOf(o rules.Origin) string {
	parts := strings.SplitN(o.File, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}
