package descheduler

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/damage"
)

var seed = flag.Uint64("seed", 0, "seed of the first random damage; 0 takes the time")

func TestARecordWithoutRulesEndsNoLeader(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.end()
		stored := w.store.content()
		stored["records"] = json.RawMessage(strings.Replace(string(stored["records"]), `"rules":[`, `"ruleKeys":[`, 1))
		w.lead(stored)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(time.Minute)
		w.want("moves under way", len(w.Report().Moving), 0)
		w.want("what people read", w.Report().Waits, "")
	})
}

// TestNothingThatIsStoredEndsTheLoop changes what is stored at random, and lets a leader
// begin with it.
func TestNothingThatIsStoredEndsTheLoop(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	for i := first; i < first+20 && !t.Failed(); i++ {
		inTown(t, func(w *town) {
			r := rand.New(rand.NewPCG(i, 0))
			w.during(65*time.Second + time.Duration(r.IntN(10))*time.Second)
			w.end()
			stored := w.store.content()
			for range 1 + r.IntN(4) {
				key := slices.Sorted(maps.Keys(stored))[r.IntN(len(stored))]
				stored[key] = damage.Some(r, stored[key])
			}
			w.lead(stored)
			w.used["hot"], w.used["cool"] = 83, 52
			w.during(15 * time.Second)
			w.used["hot"], w.used["cool"] = 95, 40
			for range 30 {
				if w.tick(); w.Report().Waits != "" {
					t.Fatalf("repeat it with -seed=%d: %s\n%s", i, w.Report().Waits, stored)
				}
			}
		})
	}
}

func TestWhatIsLostCountsAsReached(t *testing.T) {
	for sentence, change := range map[string]func(*town, map[string]json.RawMessage) map[string]json.RawMessage{
		"the budgets are missing": func(_ *town, stored map[string]json.RawMessage) map[string]json.RawMessage {
			delete(stored, "real")
			return stored
		},
		"the moves under way are missing": func(_ *town, stored map[string]json.RawMessage) map[string]json.RawMessage {
			delete(stored, "moving")
			return stored
		},
		"something was damaged": func(w *town, stored map[string]json.RawMessage) map[string]json.RawMessage {
			w.lost = errors.New("unexpected EOF")
			return stored
		},
		"all is gone": func(w *town, _ map[string]json.RawMessage) map[string]json.RawMessage {
			w.lost = errors.New("nothing is stored of evictions")
			return nil
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(70 * time.Second)
				w.used["hot"], w.used["cool"] = 83, 52
				w.during(30 * time.Second)
				w.want("evictions", w.calls.asked, []string{"a"})
				w.end()
				w.lead(change(w, w.store.content()))
				w.lost = nil
				w.used["hot"], w.used["cool"] = 95, 40
				w.during(5 * time.Minute)
				w.want("the reason", w.reasons(), map[string]string{"hot": "Forgotten"})
				w.want("what holds everything", w.Report().Stopped, "Forgotten")
				w.want("Events", len(w.told("Warning TelemetryEvictionHeld Rule memory-above-90: memory is 95% (memory > 90%); nothing is moved: what was moved in the last hour could not be read from the stored state, so that all limits count as reached (until 01:01:40 UTC)")), 1)
				w.restart()
				w.during(50 * time.Minute)
				w.want("evictions within the hour", w.calls.asked, []string{"a"})
				w.during(10 * time.Minute)
				w.want("evictions after it", w.calls.asked, []string{"a", "b"})
			})
		})
	}
}

func TestAFirstStartIsNotBlind(t *testing.T) {
	inTown(t, func(w *town) {
		first := &store{}
		Found(first)
		w.during(30 * time.Second)
		w.want("whether the first leader stored that nothing was moved", w.store.puts > 0, true)
		w.end()
		w.lead(first.content())
		w.during(70 * time.Second)
		w.want("evictions", w.calls.asked, []string{"a"})
	})
}

// faulty is a Prover with a mistake in it, for a while.
type faulty struct {
	*town
	until time.Time
}

func (f *faulty) Look() Sight {
	if time.Now().Before(f.until) {
		var q *home.Question
		_ = q.Victim
	}
	return f.town.Look()
}

func TestAMistakeEndsARoundAndNoMore(t *testing.T) {
	inTown(t, func(w *town) {
		w.end()
		w.options.Prover = &faulty{w, time.Now().Add(2 * time.Minute)}
		w.lead(nil)
		w.during(90 * time.Second)
		w.want("what people read", w.Report().Waits, waitsForRepair)
		w.want("evictions", len(w.calls.asked), 0)
		w.during(40 * time.Second)
		w.want("what people read afterwards", w.Report().Waits, "")
		w.want("evictions afterwards", w.calls.asked, []string{"a"})
	})
}
