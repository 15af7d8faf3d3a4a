package status

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// button reads the stop button where the scheduler does not tell. What is wrong in its
// ConfigMap lint finds.
func (c *cluster) button(ctx context.Context, r *Report, s *settings.Settings) error {
	found, err := c.core.ConfigMaps(c.namespace).Get(ctx, s.PauseConfigMap, metav1.GetOptions{})
	switch {
	case apierrors.IsForbidden(err):
		r.remark("stop button", fmt.Sprintf("you may not read the ConfigMap %s/%s: nobody knows here whether it is pressed", c.namespace, s.PauseConfigMap), "")
		return nil
	case apierrors.IsNotFound(err):
		r.Pause = new(v1alpha1.Pause)
		return nil
	case err != nil:
		return fmt.Errorf("reading the ConfigMap %s/%s: %w", c.namespace, s.PauseConfigMap, err)
	}
	r.Pause = pauseIn(found, r.At)
	r.judgePause()
	return nil
}

// pauseIn is what the scheduler would say of the stop button.
func pauseIn(cm *corev1.ConfigMap, now time.Time) *v1alpha1.Pause {
	values := maps.Clone(cm.Data)
	for key, value := range cm.BinaryData {
		values[key] = string(value)
	}
	p, _ := rules.ParsePause(cm.Namespace+"/"+cm.Name, values)
	out := &v1alpha1.Pause{Block: p.BlocksPaused(now), Evict: p.EvictionPaused(now), Until: p.Until, By: p.By, Why: p.Why}
	for _, s := range p.Silences {
		if s.Stands(now) {
			out.Silences = append(out.Silences, v1alpha1.Silence{Rule: s.Rule.String(), Node: s.Node, Until: s.Until, By: s.By, Why: s.Why})
		}
	}
	return out
}

// judgePaused tells of ConfigMaps whose annotation lets their rules rest.
func (r *Report) judgePaused() {
	resting := map[string][]string{}
	for i := range r.Rules {
		if rule := &r.Rules[i]; rule.Paused {
			of := configMapOf(rule.Origin.File)
			resting[of] = append(resting[of], rule.Name)
		}
	}
	for _, of := range slices.Sorted(maps.Keys(resting)) {
		names, more := resting[of], ""
		if n := len(names) - mostResting; n > 0 {
			names, more = names[:mostResting], fmt.Sprintf(" and %d more", n)
		}
		r.remark("ConfigMap "+of, "its annotation "+rules.AnnotationPaused+" lets its rules rest: "+strings.Join(names, ", ")+more, "")
	}
}

// mostResting is how many rules of a ConfigMap are named.
const mostResting = 5

// silenced says where a rule is silent; empty for nowhere.
func silenced(all []v1alpha1.Silence) string {
	nodes := map[string]bool{}
	for i := range all {
		if all[i].Node == "" {
			return "silenced"
		}
		nodes[all[i].Node] = true
	}
	switch len(nodes) {
	case 0:
		return ""
	case 1:
		return "silenced on 1 node"
	}
	return fmt.Sprintf("silenced on %d nodes", len(nodes))
}

func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " until " + t.UTC().Format(time.RFC3339)
}

// silence says who made what do nothing, for how long and why.
func silence(s *v1alpha1.Silence) string {
	out := "every rule"
	if s.Rule != "" {
		out = "rule " + s.Rule
	}
	if s.Node != "" {
		out += " on node " + s.Node
	}
	return out + " does nothing" + until(s.Until) + credits(s.By, s.Why)
}

// credits are who did it and why, as far as that is known.
func credits(by, why string) (out string) {
	if by != "" {
		out = ", by " + by
	}
	if why != "" {
		out += ": " + why
	}
	return out
}
