package engine

import (
	"iter"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Trouble is a node on which a rule that evicts fires.
type Trouble struct {
	Rule rules.Key
	Node string
	// Phase is Firing or Keeping. Since is when the rule began to fire, without a break
	// since: what kept firing, or was Unknown, in between counts for nothing. Where it keeps
	// firing now, Since is when it began to keep pods off.
	Phase Phase
	Since time.Time
	// Assumed is set where the rule was found broken at a start without a stored state,
	// and nothing has proven it since: no ground to move pods.
	Assumed bool
	// Silenced, Paused and DryRun say why the rule is to move nothing there.
	Silenced, Paused, DryRun bool
	// Truth is that of the newest look.
	Truth Truth
	// Surely counts the newest samples in a row that are themselves beyond the threshold,
	// three at most. A comparison in its band has none, and so has one that is Unknown.
	Surely int
	// Newest is the time of the newest sample, the oldest of those that make the rule
	// True; of the newest one that was known where it is not.
	Newest time.Time
	// Sentence says what was seen, and the thresholds, for people.
	Sentence string
	// Relief are the ways to end the rule by moving pods, none of which asks for as much
	// as another one of each resource. There is none where the rule is not True, nor
	// where moving pods does not end it: Incurable then names the metrics that stand in
	// the way.
	Relief    []Relief
	Incurable []string
}

// Troubles yields every node on which a rule that evicts fires or keeps firing, by node
// and then by rule.
func (b *Board) Troubles() iter.Seq[Trouble] {
	return func(yield func(Trouble) bool) {
		for slot := range b.roster.names {
			for i := range b.program.rules {
				if b.isTrouble(slot, i) && !yield(b.trouble(slot, i)) {
					return
				}
			}
		}
	}
}

func (b *Board) isTrouble(slot, rule int) bool {
	return b.program.rules[rule].evict != nil && b.pair(slot, rule).phase.keepsOff()
}

func (b *Board) trouble(slot, rule int) Trouble {
	r, p := &b.program.rules[rule], b.pair(slot, rule)
	out := Trouble{
		Rule: r.Key(), Node: b.roster.names[slot], Phase: p.phase, Since: p.firingSince().time(), Assumed: p.assumed,
		Silenced: p.silenced, Paused: r.Paused, DryRun: r.DryRun || r.Evict.DryRun,
		Truth: p.truth, Surely: b.proof(slot, r).surely(), Newest: p.knownAt.time(),
		Sentence: describe(r.leafVerdicts(b.samples(r, slot), p, instantOf(b.At))),
	}
	if p.truth == True {
		c := b.curing(slot, r, p)
		out.Newest = r.expr.witness(c.leaves, false).oldest.time()
		out.Relief, out.Incurable = c.relief()
	}
	return out
}
