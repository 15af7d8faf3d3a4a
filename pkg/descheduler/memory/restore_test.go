package memory

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var seed = flag.Uint64("seed", 0, "seed of the first random history; 0 takes the time")

func stored(m *Memory) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, e := range m.Entries() {
		out[e.Key] = e.Value
	}
	return out
}

// TestARestartChangesNoDecision tells one history to two memories, one of which is
// stored and restored again and again.
func TestARestartChangesNoDecision(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	count := uint64(50)
	if testing.Short() {
		count = 20
	}
	for i := first; i < first+count && !t.Failed(); i++ {
		r := rand.New(rand.NewPCG(i, 0))
		going, restarted := New(), New()
		now := start
		for range 50 {
			now = now.Add(time.Duration(r.IntN(1200)) * time.Second)
			tell := happening(r, now, going.Moving())
			tell(going)
			tell(restarted)
			var err error
			if restarted, err = Restore(now, stored(restarted)); err != nil {
				t.Fatal(err)
			}
			going.Forget(now)
			if want, got := seen(going, now), seen(restarted, now); !reflect.DeepEqual(want, got) {
				t.Fatalf("repeat it with -seed=%d: -going +restarted:\n%s", i, cmp.Diff(want, got))
			}
		}
	}
}

// seen is all that a Memory shows.
func seen(m *Memory, now time.Time) []any {
	return []any{m.Past(now, false), m.Past(now, true), m.Moving(), m.Records(), m.Counts(), m.refusals}
}

// happening is something that happens to a memory, the same to each that it is told to.
func happening(r *rand.Rand, now time.Time, moving []Moving) func(*Memory) {
	uid, node := fmt.Sprint(r.IntN(1000)), []string{"hot", "cool", "warm"}[r.IntN(3)]
	a := act(uid, func(a *Act) {
		a.Node, a.Owner, a.Sampled = node, fmt.Sprint("owner-", r.IntN(4)), now.Add(-time.Second)
		a.DryRun, a.Last = r.IntN(4) == 0, r.IntN(2) == 0
	})
	reason := []plan.Reason{"", plan.NoHome, plan.NotSure, plan.Unreached}[r.IntN(4)]
	rule := rules.Key{Namespace: []string{"", "shop"}[r.IntN(2)], Name: fmt.Sprint("rule-", r.IntN(3))}
	news := News{Node: node, Stamp: now, Relieved: float64(r.IntN(9))}
	if len(moving) > 0 {
		v := moving[r.IntN(len(moving))]
		uid, news.Event = v.UID, next(r, v.Step)
	}
	return []func(*Memory){
		func(m *Memory) { m.Begin(now, a) },
		func(m *Memory) { m.Tell(now, uid, news) },
		func(m *Memory) { m.Overdue(now, time.Hour) },
		func(m *Memory) { m.Calm(now, node) },
		func(m *Memory) { m.Learn(now, looked(rule, node, reason)) },
	}[[]int{0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 4}[r.IntN(13)]]
}

// next is mostly what a step waits for.
func next(r *rand.Rand, step Step) Event {
	if r.IntN(8) == 0 {
		return []Event{Accepted, Refused, Gone, Bound, Sampled}[r.IntN(5)]
	}
	return map[Step]Event{Acting: Accepted, WaitingForGone: Gone, WaitingForReplacement: Bound, Verifying: Sampled}[step]
}

func TestAMonotonicClockChangesNothing(t *testing.T) {
	m := New()
	m.Begin(time.Now(), act("a"))
	restored, _ := Restore(time.Now(), stored(m))
	if diff := cmp.Diff(m.Records(), restored.Records()); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestWhatOtherVersionsStored(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	m.Tell(start, "a", News{Event: Accepted})
	entries := stored(m)
	for key, value := range entries {
		entries[key] = json.RawMessage(strings.ReplaceAll(string(value), `{"at":`, `{"fromANewerVersion":{"a":[1]},"at":`))
	}
	entries["fromANewerVersion"] = json.RawMessage(`7`)
	entries[keyMoving] = json.RawMessage(strings.Replace(string(entries[keyMoving]), `"WaitingForGone"`, `"Pondering"`, 1))
	restored, err := Restore(start, entries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Past(start, false), restored.Past(start, false)); diff != "" {
		t.Errorf("a step that is not known waits for what its times tell: -before +after:\n%s", diff)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for key, harmless := range map[string]bool{
		keyReal: false, keyMoving: false, KeyLost: false, keyDry: true, keyRecords: true, keyRefusals + "x": true, keyCounts + "2026-11-26T12:00:00Z": true,
	} {
		t.Run(key, func(t *testing.T) {
			m := New()
			m.Begin(start.Add(-2*time.Hour), act("a"))
			entries := stored(m)
			entries[key] = json.RawMessage(`{"spent":[`)
			restored, err := Restore(start, entries)
			if err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("the error does not name the entry: %v", err)
			}
			if may := restored.Begin(after(1), act("b")); may != harmless {
				t.Errorf("a move may be begun: %v", may)
			}
			if restored, _ = Restore(after(2), stored(restored)); restored.Begin(after(2), act("c")) != harmless {
				t.Errorf("another restart changes it")
			}
			if !restored.Begin(start.Add(time.Hour), act("d")) {
				t.Errorf("an hour later nothing may be begun")
			}
		})
	}
}
