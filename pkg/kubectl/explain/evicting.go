package explain

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// eviction is whether the pod may be moved away from its node.
type eviction struct {
	// Says is that in a sentence.
	Says string `json:"says"`
	// Plan is what the newest plan says of the pod; absent where it does not speak of it.
	Plan *v1alpha1.PlannedPod `json:"plan,omitempty"`
	// Decisions are what came of the rules that move pods and fire on the node.
	Decisions []v1alpha1.Decision `json:"decisions,omitempty"`
}

// evictionOf asks what rules that move pods say of one that has a node; nil where there
// are no such rules.
func evictionOf(ctx context.Context, s scheduler, about v1alpha1.Pod) (*eviction, error) {
	if about.Node == "" || about.UID == "" {
		return nil, nil
	}
	list := new(v1alpha1.EvictionList)
	if err := s.Get(ctx, "/evictions", url.Values{"node": {about.Node}}, list); err != nil {
		return nil, err
	}
	if len(list.Rules) == 0 {
		return nil, nil
	}
	out := &eviction{Decisions: list.Items}
	for i := range list.Pods {
		if p := &list.Pods[i]; p.UID == about.UID && out.Plan == nil {
			out.Plan = p
		}
	}
	out.Says = out.sentence(list, about)
	return out, nil
}

func (e *eviction) sentence(list *v1alpha1.EvictionList, about v1alpha1.Pod) string {
	for i := range list.Moving {
		if m := &list.Moving[i]; m.UID == about.UID {
			return fmt.Sprintf("it is being moved to %s (%s)", dash(m.Home), m.Step)
		}
	}
	switch p := e.Plan; {
	case list.At.IsZero():
		return "not known: " + list.Waits
	case p != nil && p.Home != "" && p.Reason == "":
		return fmt.Sprintf("yes, to %s, for %s", p.Home, strings.Join(p.Rules, ", "))
	case p != nil && p.Home != "":
		return fmt.Sprintf("to %s, for %s, and not now: %s (%s)", p.Home, strings.Join(p.Rules, ", "), p.Says, p.Reason)
	case p != nil:
		return fmt.Sprintf("no: %s (%s)", p.Says, p.Reason)
	case len(e.Decisions) == 0:
		return "no rule that moves pods fires on " + about.Node
	}
	return "the newest plan does not need it: " + e.reasons()
}

func (e *eviction) reasons() string {
	var out []string
	for _, d := range e.Decisions {
		out = append(out, "rule "+d.Rule+": "+d.Says)
	}
	return strings.Join(out, "; ")
}
