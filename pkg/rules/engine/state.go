package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// State is what an Engine remembers across restarts. It can be written as JSON.
type State struct {
	Rules []RuleState `json:"rules,omitempty"`
}

// RuleState holds the nodes on which a rule is not plainly inactive.
type RuleState struct {
	Rule rules.Key `json:"rule"`
	// Fingerprint is that of the rule's condition: the phases of another one mean
	// nothing.
	Fingerprint string                `json:"fingerprint"`
	Nodes       map[string]*PairState `json:"nodes"`
}

// PairState is what is remembered of one rule on one node; the times are
// nanoseconds since 1970.
type PairState struct {
	// Created is when the node was made: another one of its name starts anew.
	Created int64  `json:"created"`
	Phase   Phase  `json:"phase,omitempty"`
	Leaves  uint64 `json:"leaves,omitempty"`
	Assumed bool   `json:"assumed,omitempty"`
	Broke   bool   `json:"broke,omitempty"`
	Since   int64  `json:"since,omitempty"`
	Kept    int64  `json:"kept,omitempty"`
	// Fired is left out where it is Since, as nearly always.
	Fired      int64 `json:"fired,omitempty"`
	FirstTrue  int64 `json:"firstTrue,omitempty"`
	NewestTrue int64 `json:"newestTrue,omitempty"`
	KnownAt    int64 `json:"knownAt,omitempty"`
	// Sure are the times of the newest samples in a row that prove that pods are to be
	// moved, newest first; of rules that evict alone.
	Sure []int64 `json:"sure,omitempty"`
}

// State returns what must survive a restart: of the rules, in their order, those that
// keep wants of which there is something to remember on so many nodes.
func (e *Engine) State(keep func(rule rules.Key, nodes int) bool) *State {
	out := new(State)
	for i, nodes := range e.last.memorable() {
		if r := &e.last.program.rules[i]; nodes > 0 && keep(r.Key(), nodes) {
			out.Rules = append(out.Rules, RuleState{Rule: r.Key(), Fingerprint: r.fingerprint, Nodes: e.last.pairStates(i, nodes)})
		}
	}
	return out
}

// memorable counts, by rule, the nodes on which there is something to remember.
func (b *Board) memorable() []int {
	out := make([]int, len(b.program.rules))
	for slot := range b.roster.names {
		for i := range out {
			if b.pair(slot, i).memorable() {
				out[i]++
			}
		}
	}
	return out
}

func (p *pair) memorable() bool { return p.phase != Inactive || p.leaves != 0 || p.broke }

// pairStates returns what is to be remembered of a rule on so many nodes.
func (b *Board) pairStates(rule, nodes int) map[string]*PairState {
	states, out := make([]PairState, 0, nodes), make(map[string]*PairState, nodes)
	for slot, name := range b.roster.names {
		if p := b.pair(slot, rule); p.memorable() {
			states = append(states, p.state(b.roster.created[slot]))
			states[len(states)-1].Sure = b.stored(slot, &b.program.rules[rule])
			out[name] = &states[len(states)-1]
		}
	}
	return out
}

func (p *pair) state(created instant) PairState {
	s := PairState{
		Created: int64(created), Phase: p.phase, Leaves: p.leaves, Assumed: p.assumed, Broke: p.broke,
		Since: int64(p.since), Kept: int64(p.kept),
		FirstTrue: int64(p.firstTrue), NewestTrue: int64(p.newestTrue), KnownAt: int64(p.knownAt),
	}
	if p.fired != p.since {
		s.Fired = int64(p.fired)
	}
	return s
}

// stored returns the proof of a rule that evicts; nil for another one.
func (b *Board) stored(slot int, r *compiled) (out []int64) {
	if r.evict == nil {
		return nil
	}
	for _, at := range b.proof(slot, r)[:b.proof(slot, r).surely()] {
		out = append(out, int64(at))
	}
	return out
}

// proof is the reverse of stored.
func (s *PairState) proof() (out proof) {
	for i := range min(len(out), len(s.Sure)) {
		out[i] = instant(s.Sure[i])
	}
	return out
}

// pair is the reverse of state. A phase that no version of ours wrote is dropped.
func (s *PairState) pair() pair {
	if s.Phase > Keeping {
		return pair{}
	}
	return pair{
		selected: true, phase: s.Phase, leaves: s.Leaves, assumed: s.Assumed, broke: s.Broke,
		since: instant(s.Since), kept: instant(s.Kept), fired: instant(cmp.Or(s.Fired, s.Since)),
		firstTrue: instant(s.FirstTrue), newestTrue: instant(s.NewestTrue), knownAt: instant(s.KnownAt),
	}
}

// board returns a Board that holds nothing but what is remembered, for the first
// evaluation to go on from.
func (s *State) board() *Board {
	p := &program{index: map[rules.Key]int{}, evicts: len(s.Rules)}
	created := map[string]int64{}
	for i := range s.Rules {
		p.index[s.Rules[i].Rule] = i
		named := &rules.Rule{Namespace: s.Rules[i].Rule.Namespace, Name: s.Rules[i].Rule.Name}
		p.rules = append(p.rules, compiled{Rule: named, fingerprint: s.Rules[i].Fingerprint, evict: &evicting{at: i}})
		for name, pair := range s.Rules[i].Nodes {
			created[name] = max(created[name], pair.Created)
		}
	}
	b := &Board{program: p, roster: newRoster(rosterNodes(created), nobody)}
	b.pairs = make([]pair, len(b.roster.names)*len(s.Rules))
	b.proofs = make([]proof, len(b.pairs))
	s.fill(b)
	return b
}

func rosterNodes(created map[string]int64) []Node {
	var out []Node
	for _, name := range slices.Sorted(maps.Keys(created)) {
		out = append(out, Node{Name: name, Created: time.Unix(0, created[name])})
	}
	return out
}

// fill sets the pairs of the nodes that still are those of the roster.
func (s *State) fill(b *Board) {
	for i := range s.Rules {
		for name, stored := range s.Rules[i].Nodes {
			if slot := b.roster.slots[name]; int64(b.roster.created[slot]) == stored.Created {
				b.pairs[slot*len(s.Rules)+i] = stored.pair()
				b.proofs[slot*len(s.Rules)+i] = stored.proof()
			}
		}
	}
}

// column returns the samples of a metric, or nil if no rule compared it.
func (b *Board) column(metric string) column {
	if i, found := slices.BinarySearch(b.program.metrics, metric); found {
		return b.columns[i]
	}
	return nil
}
