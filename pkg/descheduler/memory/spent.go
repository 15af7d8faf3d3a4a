package memory

import (
	"math"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// slides is what limits count over.
const slides = time.Hour

// remembers is how long what happened matters: to cool-downs, and to people.
const remembers = 24 * time.Hour

// Spending is one eviction in the budgets.
type Spending struct {
	At        time.Time `json:"at"`
	UID       string    `json:"uid,omitempty"`
	Node      string    `json:"node"`
	Owner     string    `json:"owner"`
	Namespace string    `json:"namespace"`
}

func (s *side) spend(now time.Time, act *Act) {
	s.Spent = append(s.Spent, Spending{At: now, UID: act.UID, Node: act.Node, Owner: act.Owner, Namespace: act.Namespace})
}

// giveBack takes out what was spent last on a pod that is known not to have been evicted.
// What an earlier version stored has no UID, and stays.
func (s *side) giveBack(uid string) {
	for i := len(s.Spent) - 1; i >= 0; i-- {
		if s.Spent[i].UID == uid {
			s.Spent = slices.Delete(s.Spent, i, i+1)
			return
		}
	}
}

// ahead is by how much the clock may have gone back. What is stamped still later was so by
// a clock that was wrong, and is as if it had not been: it would limit moves for as long as
// the clock was ahead.
const ahead = slides

func tooFar(now, at time.Time) bool { return at.Sub(now) > ahead }

// counts reports whether the limits of now count it.
func (e *Spending) counts(now time.Time) bool { return now.Sub(e.At) < slides && !tooFar(now, e.At) }

// spent counts what was spent within the hour. What is stamped a little later than now, by
// a clock that went back, counts too.
func (s *side) spent(now time.Time) plan.Spent {
	out := plan.Spent{Node: map[string]int32{}, Owner: map[string]int32{}, Namespace: map[string]int32{}}
	for i := range s.Spent {
		if e := &s.Spent[i]; e.counts(now) {
			out.Total++
			out.Node[e.Node]++
			out.Owner[e.Owner]++
			out.Namespace[e.Namespace]++
		}
	}
	if now.Before(s.Blind) || len(s.Spent) >= maxSpent && out.Total > 0 {
		out.Total = math.MaxInt32
	}
	return out
}

// forget drops what no longer limits anything.
func (s *side) forget(now time.Time) {
	s.Spent = slices.DeleteFunc(s.Spent, func(e Spending) bool { return !e.counts(now) })
	if tooFar(now, s.Blind) {
		s.Blind = now.Add(slides)
	}
	for name, o := range s.Owners {
		if now.Sub(o.last()) >= remembers || tooFar(now, o.last()) {
			delete(s.Owners, name)
		}
	}
	for name, n := range s.Nodes {
		if n.forget(now); now.Sub(n.Touched) >= remembers && !now.Before(n.Until) || tooFar(now, n.Touched) || tooFar(now, n.Acted) {
			delete(s.Nodes, name)
		}
	}
}
