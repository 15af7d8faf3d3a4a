package memory

import (
	"fmt"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// What is beyond the bound of what is kept would be new in every round.
func TestTheSameReasonsAreNewsOnce(t *testing.T) {
	var p plan.Plan
	for i := range maxRefusals/2 + 100 {
		p.Nodes = append(p.Nodes, plan.NodePlan{Node: fmt.Sprintf("n%04d", i), Rules: []plan.RuleAnswer{
			{Rule: rules.Key{Name: "a"}, Reason: plan.Breaker}, {Rule: rules.Key{Name: "b"}, Reason: plan.Breaker}}})
	}
	m := New()
	for round, want := range []int{maxRefusals, 0, 0} {
		news := 0
		for _, changed := range m.Learn(after(15*round), p) {
			if changed {
				news++
			}
		}
		counted := 0
		for _, c := range m.Counts() {
			counted += c.Count
		}
		if news != want || counted != maxRefusals {
			t.Errorf("round %d: %d news, and %d are counted", round, news, counted)
		}
	}
	newer := looked(hotRule, "another", plan.NoHome)
	if changed := m.Learn(after(60), newer); !changed[Place{hotRule, "another"}] {
		t.Error("what is no longer so makes no room")
	}
}

// A look that ended early found nothing out.
func TestWhatALookThatEndedEarlySays(t *testing.T) {
	for sentence, tc := range map[string]struct {
		before, newest, want plan.Reason
		unreached            bool
	}{
		"no home was found, and then nobody looked":      {plan.NoHome, plan.Unreached, plan.NoHome, true},
		"too many had none, and then nobody looked":      {plan.TooManyProofs, plan.Unreached, plan.TooManyProofs, true},
		"none had one, and then not all were asked":      {plan.NoHome, plan.TooManyProofs, plan.NoHome, false},
		"a move was verified, and then nobody looked":    {plan.Verifying, plan.Unreached, plan.Unreached, true},
		"nobody looked, and then there was no home":      {plan.Unreached, plan.NoHome, plan.NoHome, false},
		"too many had none, and then it was seen of all": {plan.TooManyProofs, plan.NoHome, plan.NoHome, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := New()
			m.Learn(start, looked(hotRule, "hot", tc.before))
			changed := m.Learn(after(5), looked(hotRule, "hot", tc.newest))
			got, _ := m.Refusal(hotRule, "hot")
			if got.Reason != tc.want || changed[Place{hotRule, "hot"}] != (tc.want != tc.before) {
				t.Errorf("the reason is %s, and news: %v", got.Reason, changed)
			}
			if m.Past(after(5), false).Nodes["hot"].Unreached != tc.unreached {
				t.Errorf("it comes first in the next look: %v", !tc.unreached)
			}
		})
	}
}
