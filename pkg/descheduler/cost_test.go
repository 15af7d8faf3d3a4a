package descheduler

import (
	"fmt"
	"testing"
	"time"
)

// A look copies the cluster, which takes a quarter of a second where that is large.
func TestWhereNothingFiresTheClusterIsNotLookedAt(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Minute)
		w.want("looks and proofs while nothing fires", []int{w.looks, w.proofs}, []int{0, 0})
		w.used["hot"] = 95
		w.during(50 * time.Second)
		w.want("proofs before the rule fired for a minute", w.proofs, 0)
		w.during(20 * time.Second)
		w.want("evictions", w.calls.asked, []string{"a"})
		w.want("proofs of one home for one pod, and once more before the call", w.proofs, 2)
		w.used["hot"] = 83
		w.during(time.Minute)
		looks := w.looks
		w.during(10 * time.Minute)
		w.want("looks and proofs once the node is cool", []int{w.looks - looks, w.proofs}, []int{0, 2})
	}, func(w *town) { w.used["hot"] = 50 })
}

// What plans go by is watched: an API server is asked for an eviction, and for nothing else.
func TestPlanningAsksTheAPIServerNothing(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(30 * time.Second)
		w.client.ClearActions() // of informers that began
		w.during(10 * time.Minute)
		w.want("what was asked of the API server", len(w.client.Actions()), 0)
		if w.proofs == 0 || len(w.Report().Evictions) == 0 {
			t.Errorf("%d proofs, and %d evictions in a dry run", w.proofs, len(w.Report().Evictions))
		}
	}, func(w *town) {
		w.eviction.DryRun = true
		for i := range 100 {
			w.addPod(fmt.Sprint("small-", i), "hot", 0.1)
		}
	})
}
