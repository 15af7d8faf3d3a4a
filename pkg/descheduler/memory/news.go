package memory

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Moving returns the moves under way, the oldest first.
func (m *Memory) Moving() []Moving {
	out := make([]Moving, 0, len(m.moving))
	for _, v := range m.moving {
		out = append(out, *v)
	}
	return out
}

// Beside tells which pods of the victim's owner are there when its eviction is asked for:
// none of them comes in its place.
func (m *Memory) Beside(uid string, young []string) {
	if at := slices.IndexFunc(m.moving, func(v *Moving) bool { return v.UID == uid }); at >= 0 {
		m.moving[at].Young = slices.Clone(young)
	}
}

// Tell tells what happened to the move of a victim, and returns where it stands then;
// empty where none is under way.
func (m *Memory) Tell(now time.Time, uid string, n News) Step {
	now = door(now)
	at := slices.IndexFunc(m.moving, func(v *Moving) bool { return v.UID == uid })
	if at < 0 {
		return ""
	}
	v := m.moving[at]
	before := v.Step
	v.step(now, n)
	m.follow(now, v)
	switch {
	case before != Acting || v.Step == Acting:
	case v.Step != CalledOff:
		m.countAll(now, m.rulesOf(v.UID), plan.Evicted)
	case n.Event == Refused:
		m.real.giveBack(v.UID)
		m.say(v.UID, n.Why)
	}
	if v.Outcome != "" {
		m.moving = slices.Delete(m.moving, at, at+1)
		m.conclude(now, v)
	}
	return v.Step
}

// Overdue ends the moves for which what is waited for did not happen within so long: a
// call that was not made, a replacement that is pending, samples that do not come. A
// victim that is terminating is waited for however long it takes, and samples for as long as
// they average over in addition.
func (m *Memory) Overdue(now time.Time, after time.Duration) {
	for _, v := range slices.Clone(m.moving) {
		wait, since := after, v.since()
		if v.Step == Verifying {
			wait += v.Spans
		}
		if door(now).Sub(since) >= wait || tooFar(now, since) {
			m.Tell(now, v.UID, News{Event: Overdue})
		}
	}
}

// since is when the step began.
func (v *Moving) since() time.Time {
	switch v.Step {
	case WaitingForReplacement:
		return v.Left
	case Verifying:
		return v.settled()
	}
	return v.Asked
}

// conclude learns from a move that ended.
func (m *Memory) conclude(now time.Time, v *Moving) {
	owner, node := m.real.owner(v.Owner), m.real.node(v.Node)
	switch v.Step {
	case CalledOff:
		owner.undo(v.Former)
		return
	case Helped:
		node.helped(now, v.Last)
	case DidNotHelp:
		node.didNotHelp(now)
	}
	owner.learn(now, v.Node, v.Outcome)
}
