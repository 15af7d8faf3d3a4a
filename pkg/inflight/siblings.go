package inflight

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// settled is how long after it began a pod's measured use counts as what it uses. A
// younger one may still grow, and can only raise an estimate.
const settled = 3 * time.Minute

// rememberedFor is how long an owner without measured pods keeps its estimate, and
// mostOwners how many there are at most: those that were measured last.
const (
	rememberedFor = time.Hour
	mostOwners    = 10_000
)

// Owner identifies what made a pod, at the top: a Deployment and not its ReplicaSet.
// Its zero value is that of a pod that nobody made.
type Owner types.UID

// Lesson is what the pods of one owner are measured to use. It can be written as
// JSON.
type Lesson struct {
	Use Units `json:"use"`
	// Settled is set where pods that had time to grow were measured. Otherwise use is
	// no less than this.
	Settled bool `json:"settled,omitempty"`
	// At is when the newest of them was measured.
	At time.Time `json:"at"`
}

// sibling is one measured pod.
type sibling struct {
	use     Units
	settled bool
	at      time.Time
}

// lessonOf sums up the pods of one owner: the third quartile, by nearest rank, of each
// resource. One pod of four that runs away does not lead astray; of fewer the
// greatest counts. Those that had time to grow speak for all, if there are any.
func lessonOf(pods []sibling) Lesson {
	grown := slices.DeleteFunc(slices.Clone(pods), func(s sibling) bool { return !s.settled })
	out := Lesson{Settled: len(grown) > 0}
	for _, s := range pods {
		if s.at.After(out.At) {
			out.At = s.at
		}
	}
	if out.Settled {
		pods = grown
	}
	out.Use.MilliCPU = quartile(pods, func(s sibling) int64 { return s.use.MilliCPU })
	out.Use.Bytes = quartile(pods, func(s sibling) int64 { return s.use.Bytes })
	return out
}

// then returns what is known after a newer lesson. Siblings that may still grow only
// raise what their elders taught: those are gone when a rollout replaces all at once.
func (l Lesson) then(next Lesson, now time.Time) Lesson {
	if next.Settled || !l.Settled || l.old(now) {
		return next
	}
	l.Use.MilliCPU = max(l.Use.MilliCPU, next.Use.MilliCPU)
	l.Use.Bytes = max(l.Use.Bytes, next.Use.Bytes)
	return l
}

// old reports whether a lesson says nothing of pods to come any more.
func (l Lesson) old(now time.Time) bool { return now.Sub(l.At) > rememberedFor }

func quartile(pods []sibling, of func(sibling) int64) int64 {
	values := make([]int64, len(pods))
	for i, s := range pods {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[(3*len(values)+3)/4-1]
}

// lessons are those of all owners.
type lessons map[Owner]Lesson

// learn takes in what was measured, and forgets what is old.
func (l lessons) learn(measured map[Owner][]sibling, now time.Time) {
	for owner, pods := range measured {
		l[owner] = l[owner].then(lessonOf(pods), now)
	}
	for owner, lesson := range l {
		if lesson.old(now) {
			delete(l, owner)
		}
	}
	l.bound()
}

// bound forgets the owners that were measured longest ago where there are too many.
func (l lessons) bound() {
	if len(l) <= mostOwners {
		return
	}
	owners := make([]Owner, 0, len(l))
	for owner := range l {
		owners = append(owners, owner)
	}
	slices.SortFunc(owners, func(a, b Owner) int { return cmp.Or(l[a].At.Compare(l[b].At), cmp.Compare(a, b)) })
	for _, owner := range owners[:len(owners)-mostOwners] {
		delete(l, owner)
	}
}

// Use returns what a pod was measured to use when pods were read last, and false where it
// was not measured.
func (l *Ledger) Use(uid types.UID) (telemetry.PodUse, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	use, found := l.all[uid]
	return use, found
}
