package descheduler

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// withoutHomes heats all nodes.
func withoutHomes(w *town) { w.used["cool"] = 84 }

func TestTheClusterIsNotCopiedWhileNothingCanBeDone(t *testing.T) {
	closed, err := args.NewWindow("0 23 * * *", time.Minute, "UTC")
	if err != nil {
		t.Fatal(err)
	}
	for sentence, tc := range map[string]struct {
		change func(*town)
		reason string
		// looks are those of ten minutes, or 120 Boards.
		looks int
	}{
		"a victim terminates for ever":     {func(w *town) { w.calls.lingers = true }, "WaitingForGone", 0},
		"a replacement is pending":         {func(w *town) { w.calls.replaces = false }, "CoolingDown", 0},
		"a dry run showed what would be":   {func(w *town) { w.eviction.DryRun = true }, "CoolingDown", 0},
		"it is outside of the windows":     {func(w *town) { w.eviction.Windows = []args.Window{closed} }, "OutsideWindow", 10},
		"there are no homes":               {withoutHomes, "NoHome", 10},
		"there are none, and it is dry":    {func(w *town) { withoutHomes(w); w.eviction.DryRun = true }, "NoHome", 10},
		"as many are moved as may be":      {func(w *town) { w.eviction.Concurrent.Total = 0 }, "Concurrent", 0},
		"the node is cordoned":             {cordonHot, "Cordoned", 0},
		"the limit of the hour is reached": {func(w *town) { w.eviction.PerHour.Total = 0 }, "LimitTotal", 10},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(15 * time.Minute)
				looks, told := w.looks, len(w.told("Held"))
				w.during(10 * time.Minute)
				w.want("looks", w.looks-looks, tc.looks)
				w.want("the reason", w.reasons(), map[string]string{"hot": tc.reason})
				w.want("Events", len(w.told("Held"))-told, 0)
				if said := w.Report().Pairs[0].Sentence; !strings.Contains(said, plan.Reason(tc.reason).Sentence()) || !strings.Contains(said, "memory is 95%") {
					t.Errorf("what is said: %s", said)
				}
			}, tc.change)
		})
	}
}

func cordonHot(w *town) {
	if err := w.client.Tracker().Delete(v1.SchemeGroupVersion.WithResource("nodes"), "", "hot"); err != nil {
		w.t.Fatal(err)
	}
	node := newNode("hot")
	node.Spec.Unschedulable = true
	w.add(node)
}

func TestASampleIsPlannedForOnce(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		looks := w.looks
		for range 3 {
			w.Publish(w.last, nil) // the same samples, as where rules or nodes changed
			w.during(0)
		}
		w.tick()
		w.want("looks for the next sample", w.looks-looks, 1)
	}, func(w *town) { delete(w.uses, "uid-a"); delete(w.uses, "uid-b") }) // nobody knows what pods use
}

func TestAClusterWithoutHomesRests(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Minute)
		proofs, events, puts := w.proofs, len(w.told("Held")), w.store.puts
		w.during(30 * time.Minute)
		if n := w.proofs - proofs; n == 0 || n > 4*20*40 {
			t.Errorf("%d proofs in half an hour, for 800 pods each of which is asked about once in ten minutes", n)
		}
		w.want("Events in half an hour", len(w.told("Held"))-events, 0)
		if n := w.store.puts - puts; n > 35 {
			t.Errorf("it was written %d times in half an hour", n)
		}
		for node, reason := range w.reasons() {
			w.want("the reason of "+node, reason, "NoHome")
		}
	}, func(w *town) {
		w.eviction.Breaker = args.Breaker{FiringPercent: 100, UnknownPercent: 100, AtLeast: 1000}
		withoutHomes(w)
		for n := range 20 {
			name := fmt.Sprint("hot-", n)
			w.add(newNode(name))
			w.used[name] = 95
			for i := range 40 {
				w.addPod(fmt.Sprint("p-", n, "-", i), name, 11)
			}
		}
	})
}

func TestAHomeThatComesIsFound(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(5 * time.Minute)
		w.want("evictions without a home", len(w.calls.asked), 0)
		w.used["cool"] = 40
		w.during(5 * time.Minute)
		w.want("evictions with one", w.calls.asked, []string{"a"})
	}, withoutHomes)
}

// slow is a Prover whose proofs take a second each, and counts them.
type slow struct {
	*town
	proved atomic.Int32
}

func (s *slow) Look() Sight { return &slowSight{&sight{s.town, s.newest.Load()}, &s.proved} }

type slowSight struct {
	*sight
	proved *atomic.Int32
}

func (s *slowSight) Prove(ctx context.Context, q home.Question, after []home.Move) (home.Answer, error) {
	s.proved.Add(1)
	time.Sleep(time.Second)
	return s.sight.Prove(ctx, q, after)
}

func TestTheProofsOfARoundEndInTime(t *testing.T) {
	inTown(t, func(w *town) {
		w.end()
		prover := &slow{town: w}
		w.options.Prover = prover
		w.lead(nil)
		w.during(time.Minute)
		w.want("proofs before the rule fired for a minute", prover.proved.Load(), 0)
		w.tick()
		time.Sleep(4 * time.Second)
		w.want("proofs of one round", prover.proved.Load(), 3)
		w.want("the reason", w.reasons(), map[string]string{"hot": "Unreached"})
		w.during(2 * time.Minute)
		w.want("the reason in the end", w.reasons(), map[string]string{"hot": "NoHome"})
	}, func(w *town) {
		withoutHomes(w)
		for i := range 10 {
			w.addPod(fmt.Sprint("p-", i), "hot", 11)
		}
	})
}

func TestAVictimThatNeverEndsIsToldOf(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(59 * time.Minute)
		w.want("Events", len(w.told("still terminates")), 0)
		w.during(5 * time.Minute)
		w.want("Events", w.told("still terminates"), []string{"Warning TelemetryEvictionHeld Pod shop/a was evicted for rule memory-above-90 60m ago and still terminates; until it is gone its move is under way, and counts as one of those that may be at a time"})
		w.during(2 * time.Hour)
		w.want("Events in the end", len(w.told("still terminates")), 1)
		w.want("the step", w.Report().Moving[0].Step, "WaitingForGone")
	}, func(w *town) { w.calls.lingers = true })
}
