package inflight

import (
	"sync/atomic"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Account is what came to each node since a Board was made. Any number of goroutines
// may read it while the Ledger writes.
type Account struct {
	board *engine.Board
	// mark is the newest entry that the Board has counted as a Flight.
	mark uint64
	sums []sum
}

// sum is what came to one node.
type sum struct{ milliCPU, bytes, pods atomic.Int64 }

func newAccount(board *engine.Board, mark uint64) *Account {
	return &Account{board: board, mark: mark, sums: make([]sum, board.Size())}
}

// Board is the one that the Account goes with; nil for the Account before the first.
func (a *Account) Board() *engine.Board { return a.board }

// At returns what came to a node, by its slot in the Board; nothing for −1.
func (a *Account) At(slot int) engine.Amounts {
	if slot < 0 {
		return engine.Amounts{}
	}
	s := &a.sums[slot]
	if s.pods.Load() == 0 {
		return engine.Amounts{}
	}
	return Units{s.milliCPU.Load(), s.bytes.Load(), s.pods.Load()}.Amounts()
}

// add brings an entry in, or takes it out with the opposite amounts, if the Board has
// not counted it and knows its node.
func (a *Account) add(e *entry, by Units) {
	if a.board == nil || e.number <= a.mark {
		return
	}
	if slot := a.board.Slot(e.node); slot >= 0 {
		s := &a.sums[slot]
		s.milliCPU.Add(by.MilliCPU)
		s.bytes.Add(by.Bytes)
		s.pods.Add(by.Pods)
	}
}
