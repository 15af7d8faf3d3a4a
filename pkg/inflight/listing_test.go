package inflight

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestListingsTellWhatCountsAndHow(t *testing.T) {
	w := newWorld(t)
	w.tick()
	counted := pod("counted", on("a"), running(after(-30)))
	w.see(counted)
	w.tick()
	coming := pod("coming", annotated("cpu=3"))
	w.Reserve(coming, "b", Units{MilliCPU: 2000, Bytes: 7, Pods: 1})
	if got := names(w.Ledger); !cmp.Equal(got, []string{"a/counted", "b/coming"}) {
		t.Fatalf("in flight are %v", got)
	}
	old, _ := w.Pod(counted.UID, w.now)
	fresh, _ := w.Pod(coming.UID, w.now)
	if account := w.Account(); account.Counts(&old) || !account.Counts(&fresh) {
		t.Error("a pod that a Board counted has arrived since, or one that did not has not")
	}
	if !old.Flight.Bound || !old.Flight.Began.Equal(after(-29)) || old.Estimate.CPU != FromRequests {
		t.Errorf("the older pod is %+v", old)
	}
	if fresh.Flight.Bound || fresh.Units.MilliCPU != 2000 || fresh.Flight.Estimate.CPU != 2 || fresh.Estimate.MilliCPU != 3000 || fresh.Estimate.CPU != FromAnnotation {
		t.Errorf("the pod to come counts with what it was judged by, and is estimated by its annotation: %+v", fresh)
	}
	w.Forget(counted.UID)
	if _, flies := w.Pod(counted.UID, w.now); flies || len(names(w.Ledger)) != 1 {
		t.Error("a pod that is gone is in flight")
	}
}

func names(l *Ledger) (out []string) {
	for _, p := range l.Places() {
		out = append(out, p.Node+"/"+p.Name)
	}
	slices.Sort(out)
	return out
}

// BenchmarkPlaces holds the lock that Reserve needs.
func BenchmarkPlaces(b *testing.B) {
	l := New(Options{
		Requests: func(*v1.Pod) Units { return Units{Pods: 1} }, Owner: func(*v1.Pod) Owner { return "" }, Pods: func() []*v1.Pod { return nil },
		Allocatable: func(string) Units { return Units{} }, Trust: func() bool { return true },
	})
	for i := range 10_000 {
		l.Reserve(pod(time.Duration(i).String()), "n", Units{})
	}
	b.Run("10000 pods in flight", func(b *testing.B) {
		for b.Loop() {
			l.Places()
		}
	})
	b.Run("one of them", func(b *testing.B) {
		one, sum := l.Places()[0].UID, engine.Amounts{}
		for b.Loop() {
			p, _ := l.Pod(one, noon)
			sum = sum.Plus(p.Flight.Estimate)
		}
	})
}
