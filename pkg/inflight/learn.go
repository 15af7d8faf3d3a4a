package inflight

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Measurable says that the use of single pods is read from now on. That is believed
// for as long as a pod warms up, and again with each pod that is read.
func (l *Ledger) Measurable(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.measurable = now.Add(engine.WarmUp)
}

// warm is the age at which a pod's own use is of no account any more, with some time
// for samples that are old themselves; see engine.WarmUp.
const warm = 2 * engine.WarmUp

// batch is how many entries Learn looks at under one hold of the lock, for which pods
// to be placed wait.
const batch = 500

// Learn takes in what pods are measured to use: those in flight are seen by it, and
// siblings of pods to come are estimated by it. What grows with the cluster is done
// without the lock.
func (l *Ledger) Learn(r *telemetry.PodReading, now time.Time) {
	if len(r.Use) > 0 {
		l.Measurable(now)
	}
	uses, all, measured := l.match(r, now)
	lessons := maps.Clone(l.known())
	lessons.learn(measured, now)
	for part := range slices.Chunk(l.learned(uses, all, lessons, now), batch) {
		l.revise(part, measured)
	}
	knownOwners.Set(float64(len(lessons)))
}

// known returns the newest lessons. Nobody writes to them: newer ones take their place.
func (l *Ledger) known() lessons {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lessons
}

// learned puts what was learned in its place, and returns the entries of before, which
// are to be revised: those to come begin with it.
func (l *Ledger) learned(uses, all map[types.UID]telemetry.PodUse, lessons lessons, now time.Time) []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	l.uses, l.all, l.lessons = uses, all, lessons
	return slices.Collect(maps.Values(l.entries))
}

// revise has some entries follow what was learned. Those that went meanwhile do so in
// vain.
func (l *Ledger) revise(entries []*entry, measured map[Owner][]sibling) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		l.measure(e)
		if measured[e.owner] != nil {
			e.expected = l.expect(e)
		}
	}
}

// measure gives an entry what the newest reading has of its pod.
func (l *Ledger) measure(e *entry) {
	if use, found := l.uses[e.pod.UID]; found {
		e.used, e.measured = engine.Amounts{CPU: use.CPU, Memory: use.Memory}, use.Time
	}
}

// begun returns when the pods in flight began by our clock, as far as they have.
func (l *Ledger) begun() map[types.UID]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[types.UID]time.Time, len(l.entries))
	for uid, e := range l.entries {
		if !e.began.IsZero() {
			out[uid] = e.began
		}
	}
	return out
}

// match finds the pods of a reading, which knows them by name: what was measured
// before a pod began is that of an earlier one, and no node speaks for another's pods.
// It returns the use of those that are not warm, of all, and of all by their owner. A pod that
// is in flight began when our clock says so: by its node's it may look old and grown.
func (l *Ledger) match(r *telemetry.PodReading, now time.Time) (uses, all map[types.UID]telemetry.PodUse, measured map[Owner][]sibling) {
	uses, all, measured = map[types.UID]telemetry.PodUse{}, map[types.UID]telemetry.PodUse{}, map[Owner][]sibling{}
	begun := l.begun()
	for _, pod := range l.opts.Pods() {
		use, found := r.Use[telemetry.PodKey{Namespace: pod.Namespace, Name: pod.Name}]
		began := beginning(pod)
		if ours, inFlight := begun[pod.UID]; inFlight {
			began = ours
		}
		foreign := use.Node != "" && use.Node != pod.Spec.NodeName
		if !found || foreign || ended(pod) || began.IsZero() || !use.Time.After(began) {
			continue
		}
		if all[pod.UID] = own(use, began); now.Sub(began) <= warm {
			uses[pod.UID] = all[pod.UID]
		}
		owner, one := l.opts.Owner(pod), siblingOf(use, began)
		if owner != "" {
			measured[owner] = append(measured[owner], one)
		}
		l.doubt(pod, owner, one)
	}
	return uses, all, measured
}

// own returns what is known to be the use of a pod that began at a time. CPU use that
// averages over a time before it may be that of an earlier pod of its name: none of it
// is known then.
func own(use telemetry.PodUse, began time.Time) telemetry.PodUse {
	if use.Time.Sub(began) < use.Window {
		use.CPU = 0
	}
	return use
}

// siblingOf is a measured pod that began at a time. While its CPU use averages over
// more than its life it is less than what the pod uses: it has not had time to grow.
func siblingOf(use telemetry.PodUse, began time.Time) sibling {
	return sibling{used(use.CPU, use.Memory), use.Time.Sub(began) >= max(settled, use.Window), use.Time}
}

// Unmeasured reports whether a pod began between two times, and within the horizon, that
// was never measured.
func (l *Ledger) Unmeasured(after, before time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.began.After(after) && e.began.Before(before) && !e.measured.After(e.began) {
			return true
		}
	}
	return false
}

// Lessons returns what is known of owners, for a later run.
func (l *Ledger) Lessons() map[Owner]Lesson { return maps.Clone(l.known()) }

// Remember takes over what another run knew of owners, where that is newer than what is
// known. Pods in flight follow it with the next Take. Call it not while Learn runs.
func (l *Ledger) Remember(known map[Owner]Lesson) {
	l.mu.Lock()
	defer l.mu.Unlock()
	both := maps.Clone(l.lessons)
	for owner, lesson := range known {
		if before, found := both[owner]; !found || lesson.At.After(before.At) {
			both[owner] = lesson
		}
	}
	l.lessons = both
	for _, e := range l.entries {
		if _, taught := known[e.owner]; taught {
			e.expected = l.expect(e)
		}
	}
}
