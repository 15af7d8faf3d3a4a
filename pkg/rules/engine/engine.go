package engine

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Options of an Engine.
type Options struct {
	// NewNodeGrace is how long after its creation a node without a sample is
	// judged by the requests of its pods alone.
	NewNodeGrace time.Duration
}

// Engine remembers the phase of each rule on each node between two evaluations.
// One goroutine uses it; the Boards that it makes belong to everybody.
type Engine struct {
	opts Options
	last *Board
	// memory is what preferences look back on.
	memory memory
	// assume is set in the first evaluation without a stored state.
	assume bool
}

// New returns an Engine that goes on from a stored state. Without one, what is
// found broken at the first look counts as firing: nobody knows for how long it
// has been so.
func New(opts Options, stored *State) *Engine {
	if stored == nil {
		return &Engine{opts: opts, last: new(State).board(), memory: memory{}, assume: true}
	}
	return &Engine{opts: opts, last: stored.board(), memory: memory{}}
}

// Advance evaluates the rules on the nodes at a time that does not go back. It
// keeps no hold of nodes, and of samples nothing but values.
func (e *Engine) Advance(now time.Time, set *rules.RuleSet, nodes []Node, samples Samples) (*Board, []Transition) {
	t := e.newTick(now, set, sorted(nodes))
	t.read(samples)
	t.departures()
	t.judge()
	t.partings()
	t.block()
	t.rank(e.memory)
	t.board.prepare(e.last)
	e.last, e.assume = t.board, false
	return t.board, t.transitions
}
