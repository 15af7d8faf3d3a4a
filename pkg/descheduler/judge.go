package descheduler

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/ground"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// look is what one round goes by.
type look struct {
	*ground.Ground
	// sight is nil where no rule with evict fires.
	sight Sight
	// waits says why nothing was planned at all.
	waits string
	// made is what became of moves that were to be made; see act.
	made []made
	told []Pair
	// plan is empty where nothing was planned.
	plan plan.Plan
}

// look sees which rules may move pods and which nodes are in trouble. The Board by which
// homes are proved counts for both.
func (d *Descheduler) look(now time.Time, board *engine.Board) *look {
	l := &look{}
	if hasTroubles(board) {
		if l.sight = d.opts.Prover.Look(); l.sight != nil {
			board = l.sight.Board()
		}
	}
	l.Ground = ground.Of(now, board, d.opts.Eviction)
	for i := range l.Sources {
		l.Sources[i].Refusal = l.refusalOf(l.Sources[i].Node)
	}
	return l
}

func hasTroubles(board *engine.Board) bool {
	for range board.Troubles() {
		return true
	}
	return false
}

var refusalsOfNodes = map[string]plan.Reason{
	home.Deleted: plan.Draining, home.Leaving: plan.Draining, home.Cordoned: plan.Cordoned, home.NotReady: plan.NotReady,
}

// refusalOf says why nobody's pods are moved off a node. One that the scheduler does not
// know is being removed.
func (l *look) refusalOf(name string) plan.Reason {
	if l.sight == nil {
		return ""
	}
	node, _ := l.sight.Node(name)
	if node == nil {
		return plan.Draining
	}
	return refusalsOfNodes[home.Unfit(node)]
}

// podsOf returns the pods of a node.
func (l *look) podsOf(node string) []*v1.Pod {
	_, pods := l.sight.Node(node)
	return pods
}
