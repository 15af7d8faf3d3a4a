package inflight

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Measurable says that the use of single pods is read, now or in a moment.
func (l *Ledger) Measurable() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.measurable = true
}

// warm is the age at which a pod's own use is of no account any more, with some time
// for samples that are old themselves; see engine.WarmUp.
const warm = 2 * engine.WarmUp

// Learn takes in what pods are measured to use: those in flight are seen by it, and
// siblings of pods to come are estimated by it.
func (l *Ledger) Learn(r *telemetry.PodReading, now time.Time) {
	uses, measured := l.match(r, now) // of all pods of the cluster: without the lock
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	l.uses = uses
	l.lessons.learn(measured, now)
	for _, e := range l.entries {
		l.measure(e)
		if measured[e.owner] != nil {
			e.expected = l.expect(e)
		}
	}
	knownOwners.Set(float64(len(l.lessons)))
}

// measure gives an entry what the newest reading has of its pod.
func (l *Ledger) measure(e *entry) {
	if use, found := l.uses[e.pod.UID]; found {
		e.used, e.measured = engine.Amounts{CPU: use.CPU, Memory: use.Memory}, use.Time
	}
}

// match finds the pods of a reading, which knows them by name: what was measured
// before a pod began is that of an earlier one. It returns the use of those that are
// not warm, and of all by their owner.
func (l *Ledger) match(r *telemetry.PodReading, now time.Time) (map[types.UID]telemetry.PodUse, map[Owner][]sibling) {
	uses, measured := map[types.UID]telemetry.PodUse{}, map[Owner][]sibling{}
	for _, pod := range l.opts.Pods() {
		use, found := r.Use[telemetry.PodKey{Namespace: pod.Namespace, Name: pod.Name}]
		began := beginning(pod)
		if !found || ended(pod) || began.IsZero() || !use.Time.After(began) {
			continue
		}
		if now.Sub(began) <= warm {
			uses[pod.UID] = use
		}
		if owner := l.opts.Owner(pod); owner != "" {
			measured[owner] = append(measured[owner], sibling{used(use.CPU, use.Memory), use.Time.Sub(began) >= settled, use.Time})
		}
	}
	return uses, measured
}

// Unmeasured reports whether a pod began before a time, and within the horizon, that
// was never measured.
func (l *Ledger) Unmeasured(before time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if !e.began.IsZero() && e.began.Before(before) && !e.measured.After(e.began) {
			return true
		}
	}
	return false
}

// Lessons returns what is known of owners, for a later run.
func (l *Ledger) Lessons() map[Owner]Lesson {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.lessons)
}

// Remember takes over what a former run knew of owners.
func (l *Ledger) Remember(known map[Owner]Lesson) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.lessons, known)
}
