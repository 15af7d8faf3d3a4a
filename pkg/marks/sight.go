package marks

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Sight is what was last read of the state. It knows how old that is by the reader's own
// clock: from when the leader's time in it last moved.
type Sight struct {
	marks evaluator.Marks
	known bool
	moved time.Time
	// alive is set once the leader's time has moved under the reader's eyes.
	alive bool
}

// Begin returns a sight of nothing.
func Begin(now time.Time) Sight { return Sight{moved: now} }

// See takes a reading in. One that is incomplete, or of which there is nothing, says nothing:
// what was read before stands.
func (s *Sight) See(now time.Time, marks evaluator.Marks, complete bool) {
	if !complete {
		return
	}
	if !s.known || !marks.At.Equal(s.marks.At) {
		s.alive, s.moved = s.known, now
	}
	s.marks, s.known = marks, true
}

// Age is how long nothing has been heard of the leader.
func (s *Sight) Age(now time.Time) time.Duration { return now.Sub(s.moved) }

// isLeftOver reports whether what was read may be the last word of a leader that is long gone:
// it was old by any clock when the reader began, and nobody has said anything since.
func (s *Sight) isLeftOver(now time.Time, stale time.Duration) bool {
	return !s.alive && now.Sub(s.marks.At).Abs() >= stale
}

// Wanted returns what nodes are to carry; false where that is not known, so that they are to
// be left as they are. After stale it is known that nobody stands behind any mark.
func (s *Sight) Wanted(now time.Time, stale time.Duration) (map[string][]engine.Mark, bool) {
	switch {
	case s.Age(now) >= stale && (!s.known || len(s.marks.Nodes) > 0):
		return nil, true
	case !s.known || len(s.marks.Nodes) > 0 && s.isLeftOver(now, stale):
		return nil, false
	}
	return s.marks.Nodes, true
}
