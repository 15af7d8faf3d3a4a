package descheduler

import (
	"strings"
	"testing"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestWhatIsWithheldIsCountedByRuleAndReason(t *testing.T) {
	pair := func(namespace, rule string, reason plan.Reason) Pair {
		return Pair{Rule: rules.Key{Namespace: namespace, Name: rule}, Reason: reason}
	}
	for sentence, c := range map[string]struct {
		report *Report
		want   string
	}{
		"a replica that does not lead": {nil, ""},
		"nodes of a rule that moved a pod elsewhere, of a dry run, and of a namespace": {
			&Report{
				Rules: []Rule{
					{Key: rules.Key{Name: "hot"}}, {Key: rules.Key{Name: "tried"}, DryRun: true},
					{Key: rules.Key{Namespace: "team", Name: "a"}}, {Key: rules.Key{Namespace: "team", Name: "b"}},
				},
				Pairs: []Pair{
					pair("", "hot", plan.NoHome), pair("", "hot", plan.NoHome), pair("", "hot", plan.Verifying), pair("", "hot", plan.Evicted),
					pair("team", "a", plan.NoHome), pair("team", "b", plan.NoHome),
					pair("", "tried", plan.NoHome),
				},
				Moving: make([]memory.Moving, 2),
			}, `
# HELP telemetry_scheduler_evictions_withheld [ALPHA] Nodes on which a rule with evict fires and nothing is moved, by rule, its mode (Enforce, or DryRun where operator or rule want nothing moved) and reason, in the newest round of the leader. The rules of one namespace count together, as namespace/*.
# TYPE telemetry_scheduler_evictions_withheld gauge
telemetry_scheduler_evictions_withheld{mode="DryRun",reason="NoHome",rule="tried"} 1
telemetry_scheduler_evictions_withheld{mode="Enforce",reason="NoHome",rule="hot"} 2
telemetry_scheduler_evictions_withheld{mode="Enforce",reason="NoHome",rule="team/*"} 2
telemetry_scheduler_evictions_withheld{mode="Enforce",reason="Verifying",rule="hot"} 1
# HELP telemetry_scheduler_moves_under_way [ALPHA] Moves of pods that are not verified yet, in the leader.
# TYPE telemetry_scheduler_moves_under_way gauge
telemetry_scheduler_moves_under_way 2
`},
	} {
		t.Run(sentence, func(t *testing.T) {
			registry := metrics.NewKubeRegistry()
			registry.CustomMustRegister(&collector{report: func() *Report { return c.report }})
			if err := testutil.GatherAndCompare(registry, strings.NewReader(c.want)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMovesAreCountedFromNothing: what is first seen at 1 never rose.
func TestMovesAreCountedFromNothing(t *testing.T) {
	registry := metrics.NewKubeRegistry()
	registry.MustRegister(evictions)
	defer evictions.Reset()
	expect([]Rule{{Key: rules.Key{Name: "hot"}}})
	count([]rules.Key{{Name: "hot"}}, memory.Relieved)
	want := `
# HELP telemetry_scheduler_evictions_total [ALPHA] Evictions that were decided, by rule and by how the move went: Relieved, NotRelieved, LandedBack, StayedPending, Unseen, NotMade, DryRun. The rules of one namespace count together, as namespace/*.
# TYPE telemetry_scheduler_evictions_total counter
telemetry_scheduler_evictions_total{outcome="DryRun",rule="hot"} 0
telemetry_scheduler_evictions_total{outcome="LandedBack",rule="hot"} 0
telemetry_scheduler_evictions_total{outcome="NotMade",rule="hot"} 0
telemetry_scheduler_evictions_total{outcome="NotRelieved",rule="hot"} 0
telemetry_scheduler_evictions_total{outcome="Relieved",rule="hot"} 1
telemetry_scheduler_evictions_total{outcome="StayedPending",rule="hot"} 0
telemetry_scheduler_evictions_total{outcome="Unseen",rule="hot"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
