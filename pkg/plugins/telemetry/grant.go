package telemetry

import (
	"maps"

	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// grant is room on a node that was offered to a pod.
type grant struct {
	node string
	need engine.Amounts
}

// settle takes room back from pods that were tried with this Board and still
// wait, and from those that wait no longer: what they came to is in the account by
// then. It sums up what the others hold.
func (p *planner) settle(sleepers []*sleeper) {
	coming := make(map[types.UID]bool, len(sleepers))
	for _, s := range sleepers {
		coming[s.pod.UID] = s.tried < p.board.Version || s.trying && !s.fleeting
	}
	maps.DeleteFunc(p.grants, func(uid types.UID, _ grant) bool { return !coming[uid] })
	p.taken = map[string]engine.Amounts{}
	for _, g := range p.grants {
		p.taken[g.node] = p.taken[g.node].Plus(g.need)
	}
}

// mostPatience bounds how many Boards pass before a pod that does not come is offered the
// same room again: one less than 2 to its power. One that came and was refused for what
// was there for a moment is held up by nobody: fleetingPatience bounds it to three Boards,
// some seconds.
const mostPatience, fleetingPatience = 6, 2

// give grants room. A pod that does not come to use it may be held up by what nobody
// tells us, such as another plugin's PreFilter: it is offered the same again ever
// more rarely, so that it does not keep others from the room.
func (p *planner) give(s *sleeper, g grant) {
	p.grants[s.pod.UID] = g
	p.taken[g.node] = p.taken[g.node].Plus(g.need)
	k := p.known[s.pod.UID]
	k.offers, k.offered = min(k.offers+1, mostPatience), p.board.Version
	p.known[s.pod.UID] = k
}

// seen returns the Version up to which openings are no news to a sleeper: it was
// tried with them, or offered them a moment ago. To one that was refused for what may
// have gone since, all that is open is news.
func (p *planner) seen(s *sleeper) uint64 {
	k := p.known[s.pod.UID]
	due := p.board.Version >= k.again(s.fleeting)
	switch {
	case due && s.fleeting:
		return 0
	case due:
		return s.tried
	case p.skipped:
		return p.board.Version
	}
	return max(s.tried, k.offered)
}

// again is the Version of the Board that may repeat the newest offer.
func (k *knownSleeper) again(fleeting bool) uint64 {
	patience := mostPatience
	if fleeting {
		patience = fleetingPatience
	}
	return k.offered + 1<<min(k.offers, patience) - 1
}
