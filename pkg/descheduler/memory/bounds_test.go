package memory

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestBeyondWhatCanBeCountedNothingIsBegun(t *testing.T) {
	m := New()
	for i := range maxSpent {
		if !m.Begin(after(i), act(fmt.Sprint(i), dryly)) {
			t.Fatalf("number %d was not begun", i)
		}
	}
	if m.Begin(after(maxSpent), act("more", dryly)) || len(m.dry.Spent) != maxSpent {
		t.Errorf("%d are counted", len(m.dry.Spent))
	}
	if got := m.Past(after(maxSpent), true).Spent.Total; got != math.MaxInt32 {
		t.Errorf("a plan is told that %d are spent", got)
	}
	if !m.Begin(start.Add(time.Hour), act("later", dryly)) {
		t.Errorf("the first is an hour old, and there is no room")
	}
}

func TestMovesUnderWayAreBounded(t *testing.T) {
	m := New()
	for i := range maxMoving {
		m.Begin(start, act(fmt.Sprint(i)))
	}
	if m.Begin(start, act("more")) || len(m.Moving()) != maxMoving {
		t.Errorf("%d are under way", len(m.Moving()))
	}
}

func TestNoNumberIsNoPrediction(t *testing.T) {
	for _, predicted := range []float64{math.NaN(), math.Inf(1)} {
		if m := New(); m.Begin(start, act("a", func(a *Act) { a.Predicted = predicted })) || len(m.Records()) != 0 {
			t.Errorf("a move that relieves by %v was begun", predicted)
		}
	}
}

func TestTheOldestIsForgotten(t *testing.T) {
	m := New()
	for i := range maxOwners + 10 {
		at := start.Add(time.Duration(i) * 10 * time.Second) // fewer in an hour than can be counted
		m.Begin(at, act(fmt.Sprint(i), dryly, func(a *Act) { a.Owner, a.Node = fmt.Sprint("owner-", i), fmt.Sprint("node-", i) }))
	}
	if len(m.dry.Owners) != maxOwners || len(m.dry.Nodes) != maxNodes || len(m.Records()) != maxRecords {
		t.Errorf("%d owners, %d nodes, %d records", len(m.dry.Owners), len(m.dry.Nodes), len(m.Records()))
	}
	if m.dry.Owners["owner-9"] != nil || m.dry.Owners["owner-10"] == nil || m.Records()[0].UID != fmt.Sprint(maxOwners+9) {
		t.Errorf("the oldest ten should have made room")
	}
}

func TestOutcomesOfAnOwnerAreBounded(t *testing.T) {
	m := New()
	for i := range 3 * maxOutcomes {
		moved(t, m, start.Add(time.Duration(i)*time.Minute), act(fmt.Sprint(i)), "hot", 0)
	}
	if o, n := m.real.Owners["web"], m.real.Nodes["hot"]; len(o.Outcomes) != maxOutcomes || len(n.Failures) > maxOutcomes {
		t.Errorf("%d outcomes, %d failures", len(o.Outcomes), len(n.Failures))
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	m := New()
	var p plan.Plan
	for i := range maxRefusals + 5 {
		p.Nodes = append(p.Nodes, looked(hotRule, fmt.Sprintf("node-%05d", i), plan.NoHome).Nodes...)
	}
	m.Learn(start, plan.Plan{Nodes: p.Nodes[:5]})
	m.Learn(after(1), plan.Plan{Nodes: p.Nodes[5:]})
	if n := len(m.refusals[hotRule]); n != maxRefusals || m.refusals[hotRule]["node-00004"] != nil {
		t.Errorf("%d are kept, the oldest among them: %v", n, m.refusals[hotRule]["node-00004"])
	}
}

func TestCountsAreBounded(t *testing.T) {
	m := New()
	for i := range maxCounts + 7 {
		m.Learn(start, looked(rules.Key{Name: fmt.Sprintf("rule-%04d", i)}, "hot", plan.NoHome))
	}
	if got := m.Counts()[0]; len(m.Counts()) != maxCounts+1 || got.Rule != tooMany || got.Count != 7 {
		t.Errorf("%d counts, the first %+v", len(m.Counts()), got)
	}
}

// TestTheSizeOfWhatIsStored is with all bounds reached: the store keeps 512 KiB a part.
func TestTheSizeOfWhatIsStored(t *testing.T) {
	m := New()
	for i := range maxOwners {
		m.Begin(start, act(fmt.Sprint(i), dryly, func(a *Act) { a.Owner, a.Node = fmt.Sprint("owner-", i), fmt.Sprint("node-", i) }))
	}
	var p plan.Plan
	for i := range maxRefusals {
		p.Nodes = append(p.Nodes, looked(rules.Key{Name: fmt.Sprint("rule-", i%100)}, fmt.Sprint("node-", i), plan.NoHome).Nodes...)
	}
	m.Learn(start, p)
	for _, e := range m.Entries() {
		if !json.Valid(e.Value) || len(e.Value) > 1<<20 {
			t.Errorf("entry %s has %d bytes", e.Key, len(e.Value))
		}
	}
}
