package memory

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestRecordsHaveAnEvictionInFull(t *testing.T) {
	m := New()
	m.Begin(start, act("dry", dryly))
	moved(t, m, after(60), act("a"), "other", 7.5)
	want := Record{
		At: after(60), Rules: []rules.Key{hotRule}, Sentences: []string{"memory is 95% (memory > 90%)"}, Age: 62 * time.Second,
		Namespace: "shop", Pod: "pod-a", UID: "a", Owner: "web", From: "hot", Home: "cool", Landed: "other",
		Resource: "memory", Predicted: 8, Observed: 7.5, Left: after(62), Bound: after(63), Ended: after(65), Step: Helped, Outcome: Relieved,
	}
	records := m.Records()
	if diff := cmp.Diff(want, records[0]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(records) != 2 || records[1].UID != "dry" {
		t.Errorf("the newest comes first: %+v", records)
	}
}

// looked is a plan in which a rule does nothing on a node for a reason; empty: it acts.
func looked(rule rules.Key, node string, reason plan.Reason) plan.Plan {
	return plan.Plan{Nodes: []plan.NodePlan{{Node: node, Rules: []plan.RuleAnswer{{Rule: rule, Reason: reason}}}}}
}

func TestTheNewestRefusal(t *testing.T) {
	m := New()
	for at, reason := range []plan.Reason{plan.NotSure, plan.NoHome, plan.NoHome} {
		m.Learn(after(at), looked(hotRule, "hot", reason))
	}
	want := Refusal{Reason: plan.NoHome, Since: after(1), Seen: after(2)}
	if got, _ := m.Refusal(hotRule, "hot"); !cmp.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
	if m.Learn(after(3), looked(hotRule, "hot", "")); len(m.refusals[hotRule]) != 0 {
		t.Errorf("the rule acts, and is still refused")
	}
	m.Learn(after(4), looked(hotRule, "hot", plan.NoHome))
	if m.Forget(after(4).Add(24 * time.Hour)); len(m.refusals) != 0 {
		t.Errorf("a day later it is still there: %v", m.refusals)
	}
}

func TestNodesThatAPlanDidNotReach(t *testing.T) {
	m := New()
	m.Learn(start, looked(hotRule, "hot", plan.Unreached))
	if !m.Past(start, false).Nodes["hot"].Unreached {
		t.Errorf("the node does not come first in the next plan")
	}
	m.Learn(start, looked(hotRule, "hot", plan.NoHome))
	if m.Past(start, false).Nodes["hot"].Unreached {
		t.Errorf("the node was reached, and comes first again")
	}
}

func TestCountsByRuleReasonAndHour(t *testing.T) {
	m := New()
	for minute := range 120 { // looked at every minute, for two hours from noon on
		m.Learn(start.Add(time.Duration(minute)*time.Minute), looked(hotRule, "hot", plan.NoHome))
	}
	m.Learn(start.Add(2*time.Hour), looked(hotRule, "hot", plan.InTheBand))
	m.Learn(start.Add(2*time.Hour), looked(hotRule, "hot", plan.NoHome))
	m.Begin(start.Add(2*time.Hour), act("a"))
	m.Begin(start.Add(2*time.Hour), act("b", dryly))
	m.Begin(start.Add(2*time.Hour), act("c"))
	m.Tell(start.Add(2*time.Hour), "a", News{Event: Accepted})
	m.Tell(start.Add(2*time.Hour), "a", News{Event: Gone})
	m.Tell(start.Add(2*time.Hour), "c", News{Event: Refused}) // no eviction
	one, two := start.Add(time.Hour), start.Add(2*time.Hour)
	want := []Count{
		{two, hotRule, plan.DryRun, 1}, {two, hotRule, plan.Evicted, 1}, {two, hotRule, plan.InTheBand, 1}, {two, hotRule, plan.NoHome, 1},
		{one, hotRule, plan.NoHome, 1}, {start, hotRule, plan.NoHome, 1},
	}
	if diff := cmp.Diff(want, m.Counts()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	m.Forget(start.Add(26*time.Hour - 1))
	if n := len(m.Counts()); n != 5 {
		t.Errorf("one hour ended more than 24 h ago; %d counts are left", n)
	}
}
