package explain

import (
	"context"
	"fmt"
	"net/url"
	"slices"
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
func evictionOf(ctx context.Context, s scheduler, about *v1alpha1.PodVerdict) (*eviction, error) {
	if about.Pod.Node == "" || about.Pod.UID == "" {
		return nil, nil
	}
	list := new(v1alpha1.EvictionList)
	if err := s.Get(ctx, "/evictions", url.Values{"node": {about.Pod.Node}}, list); err != nil {
		return nil, err
	}
	if len(list.Rules) == 0 {
		return nil, nil
	}
	out := &eviction{Decisions: list.Items}
	for i := range list.Pods {
		if p := &list.Pods[i]; p.UID == about.Pod.UID && out.Plan == nil {
			out.Plan = p
		}
	}
	out.Says = out.sentence(list, about)
	return out, nil
}

func (e *eviction) sentence(list *v1alpha1.EvictionList, about *v1alpha1.PodVerdict) string {
	for i := range list.Moving {
		if m := &list.Moving[i]; m.UID == about.Pod.UID {
			return fmt.Sprintf("it is being moved to %s (%s)", dash(m.Home), m.Step)
		}
	}
	switch {
	case list.At.IsZero():
		return "not known: " + list.Waits
	case e.Plan != nil:
		return planned(e.Plan)
	}
	if why := e.kept(about.Evictable); why != "" {
		return "no: " + why
	}
	if len(e.Decisions) == 0 {
		return "not now: no rule that moves pods fires on " + about.Pod.Node + ifOneDid(list, about.Evictable)
	}
	return lead(list.Pods) + e.reasons()
}

// planned says what the newest plan says of the pod itself.
func planned(p *v1alpha1.PlannedPod) string {
	switch {
	case p.Home != "" && p.Reason == "":
		return fmt.Sprintf("yes, to %s, for %s", p.Home, strings.Join(p.Rules, ", "))
	case p.Home != "":
		return fmt.Sprintf("to %s, for %s, and not now: %s (%s)", p.Home, strings.Join(p.Rules, ", "), p.Says, p.Reason)
	case p.Reason == "NoHome": // beside which nodes say that they take the pod
		return fmt.Sprintf("no: %s (%s); a node that takes a pod is its home only if it stays clear of the rules that move pods, with all that is on its way there", p.Says, p.Reason)
	}
	return fmt.Sprintf("no: %s (%s)", p.Says, p.Reason)
}

// kept says why no rule that fires on the node may move the pod, or none at all where none
// fires; empty where one may, or where that is not known.
func (e *eviction) kept(by *v1alpha1.Evictable) string {
	if by == nil || slices.ContainsFunc(by.Rules, e.concerns) {
		return ""
	}
	var out []string
	for i := range by.Spared {
		if s := &by.Spared[i]; len(s.Rules) == 0 || slices.ContainsFunc(s.Rules, e.concerns) {
			out = append(out, fmt.Sprintf("%s (%s)", s.Says, s.Reason))
		}
	}
	if len(out) > 0 {
		return strings.Join(out, "; ")
	}
	return "it is governed by no rule that moves pods" + map[bool]string{true: " and fires there"}[len(e.Decisions) > 0]
}

// concerns reports whether a rule fires on the node; any rule does where none fires.
func (e *eviction) concerns(rule string) bool {
	return len(e.Decisions) == 0 || slices.ContainsFunc(e.Decisions, func(d v1alpha1.Decision) bool { return d.Rule == rule })
}

// ifOneDid says which rules may move a pod from a calm node, and which may not; empty where
// that is not known.
func ifOneDid(list *v1alpha1.EvictionList, by *v1alpha1.Evictable) string {
	if by == nil {
		return ""
	}
	var may []string
	for i := range list.Rules {
		if r := &list.Rules[i]; slices.Contains(by.Rules, r.Rule) {
			may = append(may, r.Rule+map[bool]string{true: " (dry run)"}[r.Mode == "DryRun"])
		}
	}
	out := "; if it did, the pod might leave for " + strings.Join(may, ", ")
	for i := range by.Spared {
		s := &by.Spared[i]
		out += fmt.Sprintf(", and not for %s: %s (%s)", strings.Join(s.Rules, ", "), s.Says, s.Reason)
	}
	return out
}

// lead begins the answer about a pod of which the plan of its node says nothing: others
// leave, or none does.
func lead(plan []v1alpha1.PlannedPod) string {
	var leave []string
	for i := range plan {
		if plan[i].Home != "" {
			leave = append(leave, plan[i].Namespace+"/"+plan[i].Name)
		}
	}
	if len(leave) == 0 {
		return "not now: "
	}
	return "not now, others are to leave (" + strings.Join(leave, ", ") + "): "
}

func (e *eviction) reasons() string {
	var out []string
	for _, d := range e.Decisions {
		out = append(out, "rule "+d.Rule+": "+d.Says)
	}
	return strings.Join(out, "; ")
}
