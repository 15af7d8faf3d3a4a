package telemetry

import (
	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// site is a node as one plan sees it.
type site struct {
	node *v1.Node
	// board is what the newest Board says of the node; nil for one that has just
	// joined.
	board *engine.NodeBoard
	// requested is what the pods of a young node request. Nothing else is judged
	// by it, so that it is zero elsewhere.
	requested engine.Amounts
}

// takes reports whether telemetry lets the node take a need in addition to what
// else is promised there. A node that the Board does not know has just joined,
// and the next Board will.
func (s *site) takes(governing engine.Governance, need engine.Amounts) bool {
	return s.board != nil && takes(s.board, governing, need, s.requested)
}

func takes(node *engine.NodeBoard, governing engine.Governance, need, requested engine.Amounts) bool {
	if _, blocked := node.Blocked(governing); blocked {
		return false
	}
	_, breaks := node.WouldBreak(governing, need, requested)
	return !breaks
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
		case !sites[i].takes(s.governing, s.need):
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
	for i := range sites {
		node := board.Node(sites[i].node.Name)
		if node != nil && takes(node, s.governing, s.need, sites[i].requested) {
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
