package memory

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

func TestNodesCoolDown(t *testing.T) {
	for sentence, c := range map[string]struct {
		run   func(*testing.T, *Memory)
		until time.Duration
		why   plan.Reason
	}{
		"one relief": {func(t *testing.T, m *Memory) { moved(t, m, start, act("a"), "cool", 8) }, 0, ""},
		"a leak: two reliefs helped, the third waits": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "cool", 8)
			moved(t, m, after(120), act("b"), "cool", 8)
		}, 120*time.Second + cooldown, plan.NotCured},
		"after three reliefs it waits twice as long": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "cool", 8)
			moved(t, m, after(120), act("b"), "cool", 8)
			moved(t, m, after(3600), act("c"), "cool", 8)
		}, time.Hour + 2*cooldown, plan.NotCured},
		"two reliefs on one day are no leak": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "cool", 8)
			moved(t, m, start.Add(reliefsCount), act("b"), "cool", 8)
		}, 0, ""},
		"three moves of one plan are one relief": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a", notLast), "cool", 8)
			moved(t, m, after(120), act("b", notLast), "cool", 8)
			moved(t, m, after(240), act("c"), "cool", 8)
		}, 0, ""},
		"a node that is well before its plan ends was relieved": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a", notLast), "cool", 8)
			restored, _ := Restore(after(30), stored(m), nil)
			*m = *restored
			m.Calm(after(60), "hot")
			m.Calm(after(70), "hot") // it still is
			moved(t, m, after(120), act("b"), "cool", 8)
			m.Calm(after(180), "hot") // counted when it helped
		}, 120*time.Second + cooldown, plan.NotCured},
		"a move that did not help": {func(t *testing.T, m *Memory) { moved(t, m, start, act("a"), "cool", 0) }, cooldown, plan.CoolingDown},
		"two moves that did not help": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "cool", 0)
			moved(t, m, after(1800), act("b"), "cool", 0)
		}, 30*time.Minute + 2*cooldown, plan.CoolingDown},
		"a move that helped ends a row of those that did not": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "cool", 0)
			moved(t, m, after(60), act("b"), "cool", 8)
			moved(t, m, after(120), act("c"), "cool", 0)
		}, 120*time.Second + cooldown, plan.CoolingDown},
		"a cool-down is bounded": {func(t *testing.T, m *Memory) {
			for i := range 10 {
				moved(t, m, start.Add(time.Duration(i)*time.Minute), act(string(rune('a'+i))), "cool", 0)
			}
		}, 9*time.Minute + plan.MaxCooldown, plan.CoolingDown},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := New()
			c.run(t, m)
			// A move of moved ends five seconds after it began.
			end := start.Add(c.until + 5*time.Second)
			if got := m.Past(end, false).Nodes["hot"].Waits; got != "" {
				t.Errorf("after %s it still waits: %s", c.until, got)
			}
			if got := m.Past(end.Add(-time.Nanosecond), false).Nodes["hot"]; c.until > 0 && (got.Waits != c.why || !got.Until.Equal(end)) {
				t.Errorf("before %s are over it waits for %q until %s, want %q until %s", c.until, got.Waits, got.Until, c.why, end)
			}
		})
	}
}

func TestTheNewestSampleActedUponIsKept(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	m.Begin(after(1), act("b", func(a *Act) { a.Sampled = start.Add(-time.Minute) }))
	if got := m.Past(start, false).Nodes["hot"].Acted; !got.Equal(start.Add(-2 * time.Second)) {
		t.Errorf("an older sample took its place: %s", got)
	}
}

func TestWhatAMoveWaitsForHasNoEndThatIsKnown(t *testing.T) {
	m := New()
	moved(t, m, start, act("a"), "cool", 0)
	m.Begin(after(60), act("b"))
	if got := m.Past(after(61), false).Nodes["hot"]; got.Waits != plan.Unanswered || !got.Until.IsZero() {
		t.Errorf("it waits for %q until %s", got.Waits, got.Until)
	}
}
