package inflight

import (
	"maps"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Take returns the pods in flight by node, for an evaluation at a time, and lets go of
// those that began longer ago than the horizon: see engine.Horizon. The Board that
// comes of it is to be Published before the next Take. Pods to be placed wait for a
// part of it at a time.
func (l *Ledger) Take(now time.Time, horizon time.Duration) map[string][]engine.Flight {
	l.lookBack(now, horizon)
	entries, taken := l.begin(now), 0
	out := make(map[string][]engine.Flight, len(entries))
	for part := range slices.Chunk(entries, batch) {
		taken += l.takePart(part, out, now, horizon)
	}
	inFlight.Set(float64(taken))
	return out
}

// begin returns the entries that the coming Board counts: whoever comes from now on is
// for its Account.
func (l *Ledger) begin(now time.Time) []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	l.taken, l.arrived = l.number, nil
	return slices.AppendSeq(make([]*entry, 0, len(l.entries)), maps.Values(l.entries))
}

// takePart adds the flights of some entries, and returns their number. Whoever is gone
// meanwhile needs no room.
func (l *Ledger) takePart(entries []*entry, out map[string][]engine.Flight, now time.Time, horizon time.Duration) (taken int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		switch {
		case e.gone:
		case !e.began.IsZero() && now.Sub(e.began) > horizon:
			delete(l.entries, e.pod.UID)
			delete(l.faults, e.pod.UID)
		default:
			out[e.node] = append(out[e.node], l.flight(e, now))
			taken++
		}
	}
	return taken
}

func (l *Ledger) flight(e *entry, now time.Time) engine.Flight {
	return engine.Flight{
		Estimate: e.expected.Amounts(), Began: e.began, Bound: e.bound,
		Used: e.used, Measured: e.measured, Measurable: now.Before(l.measurable),
	}
}

// lookBack finds the pods that count again under a farther horizon. What the list of
// pods says may be old by the time it is heard: who has an entry, or went meanwhile, is
// known better.
func (l *Ledger) lookBack(now time.Time, horizon time.Duration) {
	if !l.widen(now, horizon) {
		return
	}
	for part := range slices.Chunk(within(l.opts.Pods(), now, horizon), batch) {
		l.recall(part, now)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.went = nil
}

// widen reports whether a horizon is farther than the one before.
func (l *Ledger) widen(now time.Time, horizon time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	farther := horizon > l.horizon
	l.horizon = horizon
	if farther {
		l.went = map[types.UID]bool{}
	}
	return farther
}

func (l *Ledger) recall(pods []*v1.Pod, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pod := range pods {
		if l.entries[pod.UID] == nil && !l.went[pod.UID] {
			l.observe(pod, now)
		}
	}
}

// within returns the pods that may be in flight under a horizon.
func within(pods []*v1.Pod, now time.Time, horizon time.Duration) (out []*v1.Pod) {
	for _, pod := range pods {
		if pod.Spec.NodeName == "" || ended(pod) {
			continue
		}
		if began := beginning(pod); began.IsZero() || now.Sub(began) <= horizon {
			out = append(out, pod)
		}
	}
	return out
}

// Publish begins the Account of a Board that counted what was last Taken.
func (l *Ledger) Publish(board *engine.Board) *Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAccount(board, l.taken)
	for _, e := range l.arrived {
		if !e.gone {
			a.add(e, e.units)
		}
	}
	l.account.Store(a)
	return a
}
