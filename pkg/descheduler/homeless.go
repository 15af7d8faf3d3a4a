package descheduler

import (
	"cmp"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Times for which a pod that was found to have no home is not asked about again: they double
// with each time that none is found.
const (
	firstRest = time.Minute
	lastRest  = 10 * time.Minute
)

// homeless are the pods that were found to have no home beside what is there already, and
// those that would be placed like them, so that a cluster without homes costs less and less.
// It is forgotten with a restart.
type homeless map[string]*vacancy

// vacancy is that there was none.
type vacancy struct {
	reason plan.Reason
	why    string
	until  time.Time
	after  time.Duration
}

// likeOf names the pods of a node that are placed alike.
func likeOf(p *plan.Pod) string { return p.Node + "/" + cmp.Or(p.Shape, p.UID) }

// of returns what was found of a pod a moment ago; nil where it is to be asked about.
func (h homeless) of(now time.Time, p *plan.Pod) *vacancy {
	if v := h[likeOf(p)]; v != nil && now.Before(v.until) {
		return v
	}
	return nil
}

func (h homeless) learn(now time.Time, p *plan.Pod, reason plan.Reason, why string) {
	after := firstRest
	if before := h[likeOf(p)]; before != nil {
		after = min(2*before.after, lastRest)
	}
	h[likeOf(p)] = &vacancy{reason, why, now.Add(after), after}
}

func (h homeless) forgive(p *plan.Pod) { delete(h, likeOf(p)) }

// forget drops what was long ago.
func (h homeless) forget(now time.Time) {
	for name, v := range h {
		if now.Sub(v.until) > lastRest {
			delete(h, name)
		}
	}
}
