package engine

import (
	"math"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Flight is a pod that a node has, or will have in a moment, and that telemetry may
// not see whole.
type Flight struct {
	// Estimate is what the pod is expected to use once it runs.
	Estimate Amounts
	// Began is when all its containers had started; zero while that is to come.
	Began time.Time
	// Bound is set once the API server shows the pod on the node.
	Bound bool
	// Used is the pod's own measured use, and Measured when that was; zero if never.
	Used     Amounts
	Measured time.Time
	// Measurable is set where the use of single pods is read at all.
	Measurable bool
}

// WarmUp is how long a pod that began counts with what its estimate has beyond its
// measured use: programs do not take their memory in their first second. That part
// shrinks evenly, and is gone after it.
const WarmUp = 5 * time.Minute

// unseen returns how much of the pod's estimate a sample of a metric does not show
// yet, in cores, bytes or pods. A value that averages over a window shows a pod by
// the part of the window in which it ran.
func (f *Flight) unseen(m *rules.Metric, s *sample) float64 {
	r := m.InFlight.Resource
	if m.BuiltIn && r == rules.ResourcePods { // counted by what the API server shows
		return f.Estimate.Pods * number(!f.Bound)
	}
	estimate, shown := f.Estimate.of(r), f.shown(s)
	return estimate*(1-shown) + shown*f.warming(estimate, r, s)
}

// shown is the part of the pod's time that a sample covers, from 0 to 1.
func (f *Flight) shown(s *sample) float64 {
	began := instantOf(f.Began)
	switch {
	case began == 0 || s.at <= began:
		return 0
	case s.window == 0:
		return 1
	}
	return math.Min(1, float64(s.at.since(began))/float64(s.window))
}

// warming is what the pod is still expected to take beyond its measured use.
// Where nobody measures pods, it is believed to have begun with all.
func (f *Flight) warming(estimate float64, r rules.Resource, s *sample) float64 {
	if !f.Measurable || r == rules.ResourcePods {
		return 0
	}
	used := 0.0
	if f.Measured.After(f.Began) {
		used = f.Used.of(r)
	}
	age := float64(s.at.since(instantOf(f.Began)))
	return math.Max(0, estimate-used) * math.Max(0, 1-age/float64(WarmUp))
}

// fly finds out what pods make of the samples of a metric, and adds up what they do not
// show of the pods of each node.
func (t *tick) fly(m *rules.Metric, c column) {
	if m.InFlight.Resource == rules.ResourceNone {
		return
	}
	for slot := range t.nodes {
		s := &c[slot]
		s.unit = unitOf(m, &t.board.sizes[slot])
		for i := range t.nodes[slot].Flights {
			s.unseen += t.nodes[slot].Flights[i].unseen(m, s)
		}
	}
}

// longestSeen is how long after its beginning the newest pod may still be unseen by
// a metric: its window, or the warm-up, and the greatest age of a sample that counts.
func longestSeen(m *rules.Metric, keep time.Duration) time.Duration {
	return max(m.Window, WarmUp) + max(m.MaxAge, keep)
}

// Horizon is how long after they began pods can be in flight under a set of rules:
// whoever hands Flights to an Engine may leave out older ones.
func Horizon(set *rules.RuleSet) time.Duration {
	keep, horizon := time.Duration(0), time.Duration(0)
	for i := range set.Rules {
		if r := &set.Rules[i]; r.OnUnknown == rules.UnknownKeepLast {
			keep = max(keep, r.KeepLastFor)
		}
	}
	for _, name := range set.UsedMetrics() {
		if m := set.Metrics[name]; m.InFlight.Resource != rules.ResourceNone {
			horizon = max(horizon, longestSeen(&m, keep))
		}
	}
	return horizon
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
