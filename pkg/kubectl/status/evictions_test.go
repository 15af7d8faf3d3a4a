package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

func TestWhetherPodsMayBeMoved(t *testing.T) {
	at := noon.Add(time.Hour)
	for want, e := range map[string]v1alpha1.EvictionList{
		"dry run, nothing is moved; the stop button is not pressed":                                     {Mode: "DryRun", Window: v1alpha1.EvictionWindow{Open: true}},
		"enforced, in a window that is open until 2026-03-01T13:00:00Z; the stop button is not pressed": {Mode: "Enforce", Window: v1alpha1.EvictionWindow{Open: true, Changes: at}},
		"enforced, outside of windows until 2026-03-01T13:00:00Z; the stop button is not pressed":       {Mode: "Enforce", Window: v1alpha1.EvictionWindow{Changes: at}},
		"enforced; the stop button is pressed until 2026-03-01T13:00:00Z, by ann: a test": {
			Mode: "Enforce", Window: v1alpha1.EvictionWindow{Open: true}, Pause: v1alpha1.Pause{Evict: true, Until: at, By: "ann", Why: "a test"},
		},
	} {
		if diff := cmp.Diff(want, permission(&e)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestOfManyNodesAFewAreShown(t *testing.T) {
	e := &v1alpha1.EvictionList{Mode: "Enforce", Window: v1alpha1.EvictionWindow{Open: true}, Rules: []v1alpha1.EvictionRule{{Rule: "hot"}}}
	for i := range 12 {
		e.Items = append(e.Items, v1alpha1.Decision{Node: fmt.Sprintf("node-%02d", i), Rule: "hot", Reason: "NoHome", Says: "there is none", Since: noon})
	}
	for wide, want := range map[bool]int{false: 10, true: 12} {
		var out strings.Builder
		if err := (&Report{At: noon, Evictions: e}).showEvictions(&out, wide); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "NoHome"); got != want || strings.Contains(out.String(), "and 2 more, which -o wide shows") == wide {
			t.Errorf("wide %v:\n%s", wide, out.String())
		}
	}
}

func TestWithoutRulesThatMovePodsNothingIsShown(t *testing.T) {
	var out strings.Builder
	for _, e := range []*v1alpha1.EvictionList{nil, {Mode: "DryRun"}} {
		if err := (&Report{Evictions: e}).showEvictions(&out, true); err != nil || out.Len() > 0 {
			t.Errorf("%v: %q", err, out.String())
		}
	}
}

// TestWhatOfEvictionsNeedsAttention: that nothing can be moved is no fault.
func TestWhatOfEvictionsNeedsAttention(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	r := &Report{At: now, Evictions: &v1alpha1.EvictionList{
		Moving: []v1alpha1.Eviction{
			{Namespace: "shop", Name: "web", From: "c", Step: "WaitingForGone", At: now.Add(-time.Hour)}, {UID: "u", From: "d", Step: "WaitingForGone", At: now.Add(-59 * time.Minute)},
			{UID: "v", From: "e", Step: "Verifying", At: now.Add(-2 * time.Hour)},
		},
		Rules: []v1alpha1.EvictionRule{{Rule: "hot", Stopped: "Breaker", Why: "4 of 6 nodes"}, {Rule: "few", Stopped: "FewHomes"}},
		Items: []v1alpha1.Decision{
			{Rule: "hot", Node: "a", Reason: "Breaker", Says: "held"}, {Rule: "few", Node: "a", Reason: "NoHome"}, {Rule: "few", Node: "b", Reason: "CallFailed", Says: "forbidden"},
			{Rule: "few", Node: "f", Reason: "Throttled", Says: "fewer calls"}, {Rule: "few", Node: "g", Reason: "Unanswered", Says: "the pod will tell"},
		},
	}}
	r.judgeEvictions()
	want := []Note{
		{"rule hot", "it moves no pod, because its telemetry is suspected: 4 of 6 nodes", faults["Breaker"]},
		{"node c", "pod shop/web was evicted 60m ago and still terminates; until it is gone its move counts as under way", "see why it does not end; kubectl delete pod --force, once nothing of it runs"},
		{"node b", "rule few: forbidden", faults["CallFailed"]},
		{"node f", "rule few: fewer calls", "see what asks so much of the API server; evictions are tried again once it may be asked"},
		{"node g", "rule few: the pod will tell", "see whether the API server and its admission webhooks answer"},
	}
	if diff := cmp.Diff(want, r.Attention); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
