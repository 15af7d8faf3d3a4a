package memory

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/damage"
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
			if restarted, err = Restore(now, stored(restarted), nil); err != nil {
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
	restored, _ := Restore(time.Now(), stored(m), nil)
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
	restored, err := Restore(start, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Past(start, false), restored.Past(start, false)); diff != "" {
		t.Errorf("a step that is not known waits for what its times tell: -before +after:\n%s", diff)
	}
}

// stale is text that no entry can be read from, and gone lets an entry be missing.
const (
	stale = `{"spent":[`
	gone  = ""
)

func TestWhatCannotBeRead(t *testing.T) {
	for key, harmless := range map[string]bool{
		keyReal: false, keyMoving: false, keyDry: true, keyRecords: true, keyRefusals + "x": true, keyCounts + "2026-11-26T12:00:00Z": true,
	} {
		for _, text := range []string{stale, gone} {
			if text == gone && harmless && key != keyDry {
				continue // nobody misses it
			}
			t.Run(key+" is "+text, func(t *testing.T) {
				m := New()
				m.Begin(start.Add(-2*time.Hour), act("a"))
				entries := stored(m)
				if entries[key] = json.RawMessage(text); text == gone {
					delete(entries, key)
				}
				restored, err := Restore(start, entries, nil)
				if err == nil || !strings.Contains(err.Error(), key) {
					t.Errorf("the error does not name the entry: %v", err)
				}
				wantBlindness(t, restored, !harmless)
			})
		}
	}
}

// wantBlindness tells whether a memory lets no move be begun for an hour, restarts or not.
func wantBlindness(t *testing.T, m *Memory, blind bool) {
	t.Helper()
	if may := m.Begin(after(1), act("b")); may == blind {
		t.Errorf("a move may be begun: %v", may)
	}
	if m, _ = Restore(after(2), stored(m), nil); m.Begin(after(2), act("c")) == blind {
		t.Errorf("another restart changes it")
	}
	if !m.Begin(start.Add(time.Hour), act("d")) {
		t.Errorf("an hour later nothing may be begun")
	}
}

func TestWhatIsNotThere(t *testing.T) {
	whole := stored(New())
	for sentence, tc := range map[string]struct {
		entries map[string]json.RawMessage
		lost    error
		blind   bool
	}{
		"there never was anything":              {nil, nil, false},
		"nothing is there, and something was":   {nil, errors.New("its ConfigMap is damaged"), true},
		"more was there":                        {whole, errors.New("its ConfigMap is damaged"), true},
		"all is there, and nothing was spent":   {whole, nil, false},
		"what cannot be is null, as a whole":    {map[string]json.RawMessage{keyReal: json.RawMessage(" null\n"), keyMoving: whole[keyMoving], keyDry: whole[keyDry]}, nil, true},
		"maps are null, of which nothing comes": {map[string]json.RawMessage{keyReal: json.RawMessage(`{"owners":null,"nodes":null}`), keyMoving: json.RawMessage(`null`), keyDry: json.RawMessage(`{}`)}, nil, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			m, err := Restore(start, tc.entries, tc.lost)
			if (err != nil) != tc.blind {
				t.Errorf("the error is %v", err)
			}
			if tc.lost != nil && !errors.Is(err, tc.lost) {
				t.Errorf("the error does not say what was lost: %v", err)
			}
			wantBlindness(t, m, tc.blind)
		})
	}
}

func TestWhatMakesNoSenseIsLeftOut(t *testing.T) {
	m := New()
	m.Begin(start, act("a"))
	for sentence, tc := range map[string]struct {
		key, from, to   string
		moving, records int
	}{
		"an eviction for no rule":      {keyRecords, `"rules":`, `"ruleKeys":`, 1, 0},
		"an eviction of nobody":        {keyRecords, `"uid":"a"`, `"uid":""`, 1, 0},
		"a move of nobody":             {keyMoving, `"uid":"a"`, `"pod":"a"`, 0, 1},
		"a move of nobody's":           {keyMoving, `"owner":"web"`, `"owner":""`, 0, 1},
		"a move from nowhere":          {keyMoving, `"node":"hot"`, `"node":""`, 0, 1},
		"a move that is there twice":   {keyMoving, `[`, `[{"uid":"a","owner":"web","node":"hot"},`, 1, 1},
		"nothing in the place of many": {keyMoving, `[`, `[null,`, 1, 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			entries := stored(m)
			entries[tc.key] = json.RawMessage(strings.Replace(string(entries[tc.key]), tc.from, tc.to, 1))
			restored, err := Restore(after(1), entries, nil)
			if err == nil || !strings.Contains(err.Error(), "1 ") || !strings.Contains(err.Error(), "left out") {
				t.Errorf("nobody hears of it: %v", err)
			}
			if len(restored.Moving()) != tc.moving || len(restored.Records()) != tc.records {
				t.Errorf("%d moves, %d evictions", len(restored.Moving()), len(restored.Records()))
			}
			if blind := !restored.Begin(after(2), act("b")); blind != (tc.key == keyMoving) {
				t.Errorf("no move may be begun: %v", blind)
			}
		})
	}
}

func TestAClockThatWasAYearAheadLimitsNothing(t *testing.T) {
	wrong := start.AddDate(1, 0, 0)
	m := New()
	m.Begin(wrong, act("a", func(a *Act) { a.Sampled = wrong }))
	m.Tell(wrong, "a", News{Event: Accepted})
	m.real.Blind = wrong
	m, _ = Restore(start, stored(m), nil)
	m.Overdue(start, 10*time.Minute)
	m.Tell(after(1), "a", News{Event: Gone})
	m.Overdue(after(2), 10*time.Minute)
	if m.Past(after(2), false).Spent.Total != math.MaxInt32 {
		t.Errorf("what could not be read a moment ago limits nothing")
	}
	past := m.Past(start.Add(time.Hour), false)
	if past.Spent.Total != 0 || past.Owners["web"].Rests(start.Add(time.Hour), 0) || past.Nodes["hot"].Acted.After(start) {
		t.Errorf("it limits: %+v", past)
	}
	if !m.Begin(start.Add(time.Hour), act("b")) {
		t.Error("an hour later no move may be begun")
	}
}

// TestNothingThatIsStoredPanics changes what is stored at random, and goes on with it.
func TestNothingThatIsStoredPanics(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	for i := first; i < first+100 && !t.Failed(); i++ {
		r := rand.New(rand.NewPCG(i, 0))
		m, now := New(), start
		for range 20 {
			now = now.Add(time.Minute)
			happening(r, now, m.Moving())(m)
		}
		entries := stored(m)
		for range 1 + r.IntN(4) {
			key := slices.Sorted(maps.Keys(entries))[r.IntN(len(entries))]
			entries[key] = damage.Some(r, entries[key])
		}
		goOn(t, i, r, now, entries)
	}
}

func goOn(t *testing.T, seed uint64, r *rand.Rand, now time.Time, entries map[string]json.RawMessage) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("repeat it with -seed=%d: %v\n%s\n%s", seed, p, entries, debug.Stack())
		}
	}()
	m, _ := Restore(now, entries, nil)
	for range 20 {
		now = now.Add(10 * time.Minute)
		happening(r, now, m.Moving())(m)
		seen(m, now)
	}
	if _, err := Restore(now, stored(m), nil); err != nil {
		t.Errorf("repeat it with -seed=%d: what is stored afterwards: %v", seed, err)
	}
}
