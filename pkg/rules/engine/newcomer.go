package engine

import "time"

// Newcomer returns the outlook for a node that joined after the Board was made: what
// the next Board will say of it before telemetry does, which is to judge it by what its
// pods request. Its Slot is none of this Board's, and nothing that came to the node is
// in an account by it. A name is looked at once for a Board: what changes of
// the node meanwhile is the next one's.
func (v *View) Newcomer(n Node) *Outlook { return &v.board.newcomer(n).View(v.governing).nodes[0] }

// newcomer returns a Board of the same rules with one node that nothing is known of.
func (b *Board) newcomer(n Node) *Board {
	if known, found := b.newcomers.Load(n.Name); found {
		return known.(*Board)
	}
	p := b.program
	e := &Engine{
		opts: Options{NewNodeGrace: b.grace}, memory: memory{},
		last: &Board{program: p, roster: nobody, columns: make([]column, len(p.metrics))},
	}
	alone, _ := e.Advance(b.At, p.set, []Node{n}, silence{})
	known, _ := b.newcomers.LoadOrStore(n.Name, alone)
	return known.(*Board)
}

// silence has no sample of anything.
type silence struct{}

func (silence) Sample(string, string) (float64, time.Time, string) {
	return 0, time.Time{}, "the node has just joined"
}

func (silence) Window(string, string) time.Duration { return 0 }
