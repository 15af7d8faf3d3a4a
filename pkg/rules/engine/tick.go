package engine

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// tick is one evaluation under way.
type tick struct {
	opts   Options
	assume bool
	now    instant
	nodes  []Node
	former *Board
	board  *Board
	// fromSlots and fromRules say where a node and a rule stood in the former
	// Board; −1 for a new one, or one that means something else now.
	fromSlots, fromRules []int
	// fromNames say where a rule of that name stood, whatever it meant.
	fromNames   []int
	transitions []Transition
	// predictor, observations and limits are scratch space for one node at a time.
	predictor    predictor
	observations []observation
	limits       []limit
}

func (e *Engine) newTick(now time.Time, set *rules.RuleSet, nodes []Node) *tick {
	former := e.last
	b := &Board{Version: former.Version + 1, At: now, program: former.program}
	b.views = &shelf[Governance, *View]{same: Governance.equal, make: b.newView}
	b.scores = &shelf[Taste, *Scores]{same: Taste.equal, make: b.newScores}
	if former.program.set != set {
		b.program = newProgram(set)
	}
	b.roster = newRoster(nodes, former.roster)
	b.pairs = make([]pair, len(nodes)*len(b.program.rules))
	b.proofs, b.homes = make([]proof, len(nodes)*b.program.evicts), make([]homes, b.program.evicts)
	b.nodes = make([]NodeBoard, len(nodes))
	b.summary = newSummary(b.program)
	b.grace, b.spreads = e.opts.NewNodeGrace, make([]spreads, len(b.program.rules))
	b.sizes = sizesOf(nodes)
	return &tick{
		opts: e.opts, assume: e.assume, now: instantOf(now), nodes: nodes, former: former, board: b,
		fromSlots: b.roster.from(former.roster), fromRules: b.program.from(former.program, sameCondition),
		fromNames: b.program.from(former.program, anyCondition),
	}
}

func sameCondition(a, b *compiled) bool { return a.fingerprint == b.fingerprint }

func anyCondition(_, _ *compiled) bool { return true }

// from returns where each rule stood in a former program, if it is the same; −1
// where there was none.
func (p *program) from(former *program, same func(a, b *compiled) bool) []int {
	out := make([]int, len(p.rules))
	for i := range p.rules {
		out[i] = -1
		if at, found := former.index[p.rules[i].Key()]; found && same(&former.rules[at], &p.rules[i]) {
			out[i] = at
		}
	}
	return out
}

// read takes in the samples of every metric that a rule compares.
func (t *tick) read(samples Samples) {
	for _, name := range t.board.program.metrics {
		c := readColumn(name, t.board.roster, t.fromSlots, t.former.column(name), samples)
		metric := t.board.program.set.Metrics[name]
		t.fly(&metric, c)
		t.board.columns = append(t.board.columns, c)
	}
}

// judge moves every pair on.
func (t *tick) judge() {
	t.predictor = predictor{now: t.now, columns: t.board.columns}
	for slot := range t.nodes {
		t.limits = t.limits[:0]
		t.predictor.aim(slot, &t.board.sizes[slot], t.now.since(t.board.roster.created[slot]) < t.opts.NewNodeGrace)
		for i := range t.board.program.rules {
			t.judgeOne(slot, i)
		}
		t.board.nodes[slot] = NodeBoard{board: t.board, slot: slot, limits: slices.Clone(t.limits), used: t.predictor.used}
	}
	finish(t.board.summary)
}

// judgeOne moves one pair on, and finds its limits.
func (t *tick) judgeOne(slot, i int) {
	r, n, p := &t.board.program.rules[i], &t.nodes[slot], t.board.pair(slot, i)
	if !r.judges(n) {
		t.note(slot, i, p)
		return
	}
	*p = *t.before(slot, t.fromRules[i])
	if !p.selected {
		*p = pair{selected: true, assume: t.assume}
	}
	o, awaited := t.look(r, slot, p)
	p.step(t.now, o, r.timing)
	p.graced = o.truth == Unknown && awaited
	p.silenced = t.board.program.set.Pause.Silenced(r.Key(), n.Name, t.board.At)
	t.board.summary[i].count(p, t.now)
	t.note(slot, i, p)
	if r.evict != nil {
		t.prove(slot, i, r)
	}
	if r.predicts && !p.silenced {
		t.predict(r, i, p.leaves)
	}
}

// nothing is what is remembered of a node or rule that was not there.
var nothing pair

// before returns what is remembered of a node and a rule of the former Board.
func (t *tick) before(slot, former int) *pair {
	if t.fromSlots[slot] < 0 || former < 0 {
		return &nothing
	}
	return t.former.pair(t.fromSlots[slot], former)
}

// look observes a rule's condition on a node, and notes which leaves are True.
// awaited is set where a leaf's first sample may still come.
func (t *tick) look(r *compiled, slot int, p *pair) (o observation, awaited bool) {
	t.observations = t.observations[:0]
	for i := range r.leaves {
		l := &r.leaves[i]
		s := &t.board.columns[l.column][slot]
		seen := l.observe(s, t.now, p.leaves>>i&1 == 1)
		if seen.truth != Unknown {
			p.leaves = p.leaves&^(1<<i) | uint64(seen.truth-False)<<i
		}
		awaited = awaited || l.awaits(s, t.predictor.young)
		t.observations = append(t.observations, seen)
	}
	return r.expr.value(t.observations), awaited
}

// predict appends the limits of a rule on the node that the predictor looks at.
func (t *tick) predict(r *compiled, i int, trues uint64) {
	for _, b := range t.predictor.run(r, trues) {
		l := limit{rule: int32(i), most: b.most}
		if b.with != anything {
			t.board.with = append(t.board.with, b.with)
			l.with = int32(len(t.board.with))
		}
		t.limits = append(t.limits, l)
	}
}

// block sets the bits of the rules that keep pods off. What Unknown means
// depends on how many nodes are Unknown, so that it comes last.
func (t *tick) block() {
	words, count := wordsFor(len(t.board.program.rules)), len(t.board.program.rules)
	bits := make([]uint64, 2*words*len(t.nodes))
	for slot := range t.nodes {
		n := &t.board.nodes[slot]
		n.blocked, n.unknown, bits = bits[:words:words], bits[words:2*words:2*words], bits[2*words:]
		for i := range t.board.program.rules {
			t.blockOne(n, i, &t.board.pairs[slot*count+i])
		}
	}
}

func (t *tick) blockOne(n *NodeBoard, i int, p *pair) {
	r, bit := &t.board.program.rules[i], uint64(1)<<(i%wordSize)
	switch {
	case p.silenced:
	case p.phase == Firing || p.phase == Keeping:
		n.blocked[i/wordSize] |= bit
	case p.truth == Unknown && p.selected && t.blocksUnknown(r, t.board.summary[i].SourceFault, p):
		n.blocked[i/wordSize] |= bit
		n.unknown[i/wordSize] |= bit
	}
}

// blocksUnknown says what follows from Unknown for a rule that is not firing.
func (t *tick) blocksUnknown(r *compiled, fault bool, p *pair) bool {
	switch {
	case p.graced:
		return false
	case r.OnUnknown == rules.UnknownBlock:
		return !fault
	case r.OnUnknown == rules.UnknownKeepLast:
		return p.broke && t.now.since(p.knownAt) <= r.KeepLastFor
	}
	return false
}
