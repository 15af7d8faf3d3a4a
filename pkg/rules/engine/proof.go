package engine

import "time"

// enough is how many samples in a row must prove that pods are to be moved.
const enough = 3

// proof holds the times of the newest looks at a rule that evicts, newest first and 0
// where there are fewer, at which its condition was True without the band. Each look
// rests on newer samples than the one before, of every comparison that made it True: a
// sample that is read twice is no new evidence. The time is that of its newest sample.
type proof [enough]instant

// surely counts the looks.
func (p *proof) surely() (n int) {
	for n < len(p) && p[n] != 0 {
		n++
	}
	return n
}

// and takes one more look in. What is not True, and a gap that is longer than samples
// count, begins anew.
func (p proof) and(w witness, blind time.Duration) proof {
	switch {
	case !w.holds:
		return proof{}
	case p[0] == 0 || w.oldest.since(p[0]) > blind:
		return proof{w.newest}
	case w.oldest > p[0]:
		copy(p[1:], p[:])
		p[0] = w.newest
	}
	return p
}

// witness says whether a tree is True, and of when the samples are that make it so.
type witness struct {
	holds          bool
	oldest, newest instant
}

func (w witness) and(o witness) witness {
	return witness{true, min(w.oldest, o.oldest), max(w.newest, o.newest)}
}

// witness looks for the samples that make a tree True, or False where it is negated: all
// those of an "any" too, because each of them has to end.
func (e *expr) witness(leaves []observation, negated bool) witness {
	wanted := True
	if negated {
		wanted = False
	}
	switch e.op {
	case isLeaf:
		o := leaves[e.leaf]
		return witness{o.truth == wanted, o.at, o.at}
	case isNot:
		return e.of[0].witness(leaves, !negated)
	}
	return e.witnesses(leaves, negated)
}

func (e *expr) witnesses(leaves []observation, negated bool) (out witness) {
	all := (e.op == isAll) != negated
	for i := range e.of {
		switch w := e.of[i].witness(leaves, negated); {
		case !w.holds && all:
			return witness{}
		case w.holds && out.holds:
			out = out.and(w)
		case w.holds:
			out = w
		}
	}
	return out
}

// prove takes the samples of this tick in, for a rule that evicts.
func (t *tick) prove(slot, rule int, r *compiled) {
	begins := r.evict.begins
	t.observations = t.observations[:0]
	for i := range begins.leaves {
		l := &begins.leaves[i]
		t.observations = append(t.observations, l.observe(&t.board.columns[l.column][slot], t.now, false))
	}
	before := t.proofBefore(slot, t.fromRules[rule])
	*t.board.proof(slot, r) = before.and(begins.expr.witness(t.observations, false), r.timing.blind)
}

// proofBefore returns what the former Board had proven.
func (t *tick) proofBefore(slot, former int) proof {
	if t.fromSlots[slot] < 0 || former < 0 || t.former.program.rules[former].evict == nil {
		return proof{}
	}
	return *t.former.proof(t.fromSlots[slot], &t.former.program.rules[former])
}

// proof is that of a rule that evicts.
func (b *Board) proof(slot int, r *compiled) *proof {
	return &b.proofs[slot*b.program.evicts+r.evict.at]
}
