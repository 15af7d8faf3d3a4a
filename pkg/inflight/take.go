package inflight

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Take returns the pods in flight by node, for an evaluation at a time, and lets go of
// those that began longer ago than the horizon: see engine.Horizon. The Board that
// comes of it is to be Published before the next Take.
func (l *Ledger) Take(now time.Time, horizon time.Duration) map[string][]engine.Flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	l.lookBack(now, horizon)
	l.taken, l.arrived = l.number, nil
	out := make(map[string][]engine.Flight, len(l.entries))
	for uid, e := range l.entries {
		if !e.began.IsZero() && now.Sub(e.began) > horizon {
			delete(l.entries, uid)
			continue
		}
		out[e.node] = append(out[e.node], l.flight(e, now))
	}
	inFlight.Set(float64(len(l.entries)))
	return out
}

func (l *Ledger) flight(e *entry, now time.Time) engine.Flight {
	return engine.Flight{
		Estimate: e.expected.Amounts(), Began: e.began, Bound: e.bound,
		Used: e.used, Measured: e.measured, Measurable: now.Before(l.measurable),
	}
}

// lookBack finds the pods that count again under a farther horizon.
func (l *Ledger) lookBack(now time.Time, horizon time.Duration) {
	farther := horizon > l.horizon
	l.horizon = horizon
	if !farther {
		return
	}
	for _, pod := range l.opts.Pods() {
		l.observe(pod, now)
	}
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
