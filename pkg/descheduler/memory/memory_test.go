package memory

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var hotRule = rules.Key{Name: "memory-above-90"}

const cooldown = 30 * time.Minute

func act(uid string, edits ...func(*Act)) Act {
	a := Act{
		Rules: []rules.Key{hotRule}, Sentences: []string{"memory is 95% (memory > 90%)"}, Sampled: start.Add(-2 * time.Second),
		UID: uid, Namespace: "shop", Pod: "pod-" + uid, Owner: "web", Node: "hot", Home: "cool",
		Cooldown: cooldown, Predicted: 8, Resource: "memory", Last: true,
	}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

func dryly(a *Act)   { a.DryRun = true }
func notLast(a *Act) { a.Last = false }

// moved makes a move whose replacement lands on a node and that relieves by so much.
func moved(t *testing.T, m *Memory, at time.Time, a Act, landed string, relieved float64) Step {
	t.Helper()
	if !m.Begin(at, a) {
		t.Fatalf("%s was not begun", a.UID)
	}
	var step Step
	for i, n := range []News{{Event: Accepted}, {Event: Gone}, {Event: Bound, Node: landed},
		{Event: Sampled, Stamp: at.Add(10 * time.Second), Relieved: relieved}, {Event: Sampled, Stamp: at.Add(20 * time.Second), Relieved: relieved}} {
		if s := m.Tell(at.Add(time.Duration(i+1)*time.Second), a.UID, n); s != "" {
			step = s
		}
	}
	return step
}

func TestBudgetsSlide(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	m.Begin(after(60), act("b"))
	for sentence, c := range map[string]struct {
		at   time.Time
		want int32
	}{
		"both within the hour":          {start.Add(time.Hour - 1), 2},
		"an hour after the first":       {start.Add(time.Hour), 1},
		"an hour after both":            {after(60).Add(time.Hour), 0},
		"a clock that went back counts": {start.Add(-30 * time.Minute), 2},
		"one that was a year ahead not": {start.AddDate(-1, 0, 0), 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := m.Past(c.at, false).Spent
			if got := []int32{s.Total, s.Node["hot"], s.Owner["web"], s.Namespace["shop"]}; !cmp.Equal(got, []int32{c.want, c.want, c.want, c.want}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestDryRunsHaveBudgetsOfTheirOwn(t *testing.T) {
	m := New()
	m.Begin(start, act("a", dryly))
	real, dry := m.Past(start, false), m.Past(start, true)
	if real.Spent.Total != 0 || dry.Spent.Total != 1 || len(m.Moving()) != 0 {
		t.Errorf("real %+v, dry %+v, %d under way", real.Spent, dry.Spent, len(m.Moving()))
	}
	if n := dry.Nodes["hot"]; n.Waits != plan.CoolingDown || !n.Acted.Equal(start.Add(-2*time.Second)) {
		t.Errorf("a dry run sees no node cool and waits for its cool-down: %+v", n)
	}
	if r := m.Records()[0]; !r.DryRun || r.Outcome != DryRun {
		t.Errorf("recorded as %+v", r)
	}
}

func TestWhatANodeWaitsFor(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	for _, c := range []struct {
		news News
		want plan.Reason
	}{
		{News{Event: Accepted}, plan.WaitingForGone}, {News{Event: Gone}, plan.WaitingForReplacement},
		{News{Event: Bound, Node: "cool"}, plan.Verifying}, {sample(100, 8), plan.Verifying}, {sample(110, 8), ""},
	} {
		m.Tell(after(10), "a", c.news)
		p := m.Past(after(120), false)
		if got := p.Nodes["hot"].Waits; got != c.want || (p.Spent.Running == 1) != (c.want != "") || p.Owners["web"].Moving != (c.want != "") {
			t.Errorf("after %s the node waits for %q, want %q; %+v", c.news.Event, got, c.want, p.Spent)
		}
	}
	if s := m.Tell(after(130), "a", sample(120, 8)); s != "" {
		t.Errorf("a move that ended is at %s", s)
	}
}

func TestOwnersRest(t *testing.T) {
	for sentence, c := range map[string]struct {
		run  func(*testing.T, *Memory)
		want int
	}{
		"it helped":      {func(t *testing.T, m *Memory) { moved(t, m, start, act("a"), "cool", 8) }, 0},
		"it landed back": {func(t *testing.T, m *Memory) { moved(t, m, start, act("a"), "hot", 8) }, 1},
		"it landed back, and did not relieve": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "hot", 8)
			moved(t, m, after(60), act("b"), "cool", 0)
		}, 2},
		"it helped after it did not": {func(t *testing.T, m *Memory) {
			moved(t, m, start, act("a"), "hot", 8)
			moved(t, m, after(60), act("b"), "cool", 8)
		}, 0},
		"it stayed pending": {func(_ *testing.T, m *Memory) {
			m.Begin(start, act("a"))
			m.Tell(after(1), "a", News{Event: Gone})
			m.Overdue(after(300), 5*time.Minute)
			m.Overdue(after(301), 5*time.Minute)
		}, 1},
		"nobody saw whether it helped": {func(_ *testing.T, m *Memory) {
			m.Begin(start, act("a"))
			m.Tell(after(1), "a", News{Event: Gone})
			m.Tell(after(2), "a", News{Event: Bound, Node: "cool"})
			m.Overdue(after(302), 5*time.Minute)
		}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := New()
			c.run(t, m)
			o := m.Past(after(400), false).Owners["web"]
			if o.Failures != c.want || o.Moving || !o.Rests(after(400), cooldown) {
				t.Errorf("got %+v", o)
			}
		})
	}
}

// TestWhatIsCountedOfAMoveThatEndsBeforeAnybodyLeft: what is known not to have been done is
// given back, and what nobody knows of stays counted.
func TestWhatIsCountedOfAMoveThatEndsBeforeAnybodyLeft(t *testing.T) {
	for sentence, c := range map[string]struct {
		end  func(*Memory)
		want int32
	}{
		"it was refused":   {func(m *Memory) { m.Tell(after(1), "a", News{Event: Refused}) }, 1},
		"nobody ever knew": {func(m *Memory) { m.Overdue(after(600), 10*time.Minute) }, 2},
		"it was accepted after all": {func(m *Memory) {
			m.Tell(after(1), "a", News{Event: Accepted})
			m.Tell(after(2), "a", News{Event: Refused})
		}, 2},
		"an older version counted it": {func(m *Memory) { m.real.Spent[1].UID = ""; m.Tell(after(1), "a", News{Event: Refused}) }, 2},
	} {
		t.Run(sentence, func(t *testing.T) {
			m := New()
			m.Begin(start, act("other", func(a *Act) { a.Owner, a.Node = "api", "hot-2" }))
			m.Begin(start, act("a"))
			c.end(m)
			if got := m.Past(after(601), false).Spent.Total; got != c.want {
				t.Errorf("%d of the hour's limit are spent, want %d", got, c.want)
			}
		})
	}
}

func TestACallThatWasRefusedLetsOwnerAndNodeBe(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	m.Tell(after(1), "a", News{Event: Refused})
	p := m.Past(after(2), false)
	if o := p.Owners["web"]; o.Rests(after(2), cooldown) || o.Moving || p.Nodes["hot"].Waits != "" {
		t.Errorf("nothing left, and the owner rests: %+v; the node: %+v", o, p.Nodes["hot"])
	}
}

func TestAPodThatIsRefusedAgainAndAgainIsOneRecord(t *testing.T) {
	m := New()
	for i, uid := range []string{"a", "b", "a", "a"} {
		m.Begin(after(10*i), act(uid))
		m.Tell(after(10*i+1), uid, News{Event: Refused})
	}
	m.Begin(after(50), act("a"))
	var got []string
	for _, r := range m.Records() {
		got = append(got, r.UID+" "+string(r.Outcome))
	}
	if diff := cmp.Diff([]string{"a ", "b NotMade"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAVictimThatTerminatesIsWaitedFor(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	m.Tell(after(1), "a", News{Event: Accepted})
	m.Overdue(after(100000), time.Minute)
	if got := m.Past(after(100000), false).Nodes["hot"].Waits; got != plan.WaitingForGone {
		t.Errorf("the node waits for %q", got)
	}
}
