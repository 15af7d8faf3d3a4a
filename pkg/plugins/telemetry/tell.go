package telemetry

import (
	"context"
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const (
	reasonAnyway = "TelemetryScheduledAnyway"
	actionBind   = "Binding"
	// maxNote is what the events API accepts, in bytes.
	maxNote = 1024
)

// tell says that a node took a pod although it breaks rules.
func (p *Plugin) tell(ctx context.Context, pod *v1.Pod, broken *engine.Violation) {
	note := noteOf(broken)
	p.handle.EventRecorder().Eventf(pod, nil, v1.EventTypeWarning, reasonAnyway, actionBind, "%s", note)
	klog.FromContext(ctx).V(2).Info("A pod was bound to a node that breaks rules, because all others that could take it do too",
		"pod", klog.KObj(pod), "node", klog.KRef("", broken.Node), "breaks", note)
	countAnyway(broken.Breaks)
}

// countAnyway counts a pod once under each label: the rules of one namespace share theirs.
func countAnyway(breaks []engine.Break) {
	counted := map[string]bool{}
	for _, b := range breaks {
		if label := b.Rule.Group(); !counted[label] {
			counted[label] = true
			scheduledAnyway.WithLabelValues(label).Inc()
		}
	}
}

// noteOf names the node, its rules, and values against thresholds.
func noteOf(broken *engine.Violation) string {
	parts := make([]string, len(broken.Breaks))
	for i, b := range broken.Breaks {
		verb := "breaks"
		if !b.Fires {
			verb = "with this pod breaks"
		}
		parts[i] = fmt.Sprintf("%s rule %s: %s", verb, b.Rule, b.Sentence)
	}
	text := fmt.Sprintf("Node %s took the pod as the least violating one of those that could: it %s", broken.Node, strings.Join(parts, "; it "))
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-len("…")], "") + "…"
	}
	return text
}
