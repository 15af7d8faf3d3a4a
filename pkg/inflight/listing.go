package inflight

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Place says where a pod in flight is.
type Place struct {
	Node, Namespace, Name string
	UID                   types.UID
}

// Places returns where all pods in flight are, in no order. It holds the lock that
// Reserve needs for no longer than a copy of names takes.
func (l *Ledger) Places() []Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Place, 0, len(l.entries))
	for uid, e := range l.entries {
		out = append(out, Place{Node: e.node, Namespace: e.pod.Namespace, Name: e.pod.Name, UID: uid})
	}
	return out
}

// Pod is one pod in flight, as it is at the moment.
type Pod struct {
	Place
	// Estimate is what the pod is expected to use, as known now.
	Estimate Estimate
	// Units are what the pod counts with where an Account has it; see Counts.
	Units Units
	// Flight is the same pod as an evaluation at a time would take it.
	Flight engine.Flight

	number uint64
}

// Pod returns a pod in flight, for an evaluation at a time; false where it is not, or no longer.
func (l *Ledger) Pod(uid types.UID, now time.Time) (Pod, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[uid]
	if e == nil {
		return Pod{}, false
	}
	return Pod{
		Place:    Place{Node: e.node, Namespace: e.pod.Namespace, Name: e.pod.Name, UID: uid},
		Estimate: l.estimate(e.pod), Units: e.units, Flight: l.flight(e, now), number: e.number,
	}, true
}

// Counts reports whether an Account has the pod: it came to its node after the Board
// was made. Otherwise the Board has counted it as a Flight.
func (a *Account) Counts(p *Pod) bool { return p.number > a.mark }
