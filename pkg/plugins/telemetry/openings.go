package telemetry

import (
	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// site is a node as one plan sees it.
type site struct {
	node *v1.Node
	// slot is where the newest Board has the node; −1 for one that has just joined.
	slot int
	// arrived is what came to the node since the newest Board.
	arrived engine.Amounts
	// requested is what the pods of a young node request. Nothing else is judged
	// by it, so that it is zero elsewhere.
	requested engine.Amounts
}

// takes reports whether telemetry lets the node take a need in addition to what
// else is promised there. A node that the Board does not know has just joined,
// and the next Board will.
func (s *site) takes(view *engine.View, need engine.Amounts) bool {
	return takes(view.At(s.slot), need, s.arrived, s.requested)
}

func takes(node *engine.Outlook, need, arrived, requested engine.Amounts) bool {
	if node == nil {
		return false
	}
	_, kept := node.KeepsOff(need, arrived, requested)
	return !kept
}

// openings says since which Board each node would take a pod of one class.
type openings struct {
	// since has the Version of a Board for each site; 0 where the class is kept off.
	since []uint64
	// newest is the greatest value of since.
	newest uint64
	// full is how many sites from the first on have no room left in this plan.
	full int
}

// update brings the openings up to the newest Board.
func (o *openings) update(version uint64, s *sleeper, sites []site) {
	o.newest, o.full = 0, 0
	for i := range sites {
		switch {
		case !sites[i].takes(s.view, s.need):
			o.since[i] = 0
		case o.since[i] == 0:
			o.since[i] = version
		}
		o.newest = max(o.newest, o.since[i])
	}
}

// openBefore returns the openings of a class that an earlier Board would have had.
func openBefore(board *engine.Board, s *sleeper, sites []site) *openings {
	o := &openings{since: make([]uint64, len(sites))}
	if board == nil {
		return o
	}
	view := board.View(s.governing)
	for i := range sites {
		if takes(view.Node(sites[i].node.Name), s.need, engine.Amounts{}, sites[i].requested) {
			o.since[i] = board.Version
		}
	}
	return o
}

// moved returns the openings for other sites; places has the former place of
// each node by name.
func (o *openings) moved(places map[string]int, sites []site) *openings {
	out := &openings{since: make([]uint64, len(sites))}
	for i := range sites {
		if place, found := places[sites[i].node.Name]; found {
			out.since[i] = o.since[place]
		}
	}
	return out
}
