package telemetry

import (
	"maps"
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// planner chooses which sleepers to wake. It offers a pod only what opened after
// its newest attempt: what was open then, other plugins have refused, and they
// have events of their own. One goroutine uses it.
type planner struct {
	logger klog.Logger
	// board is that of the newest plan, previous the one before.
	board, previous *engine.Board
	// skipped is set where the Boards between the two were not seen, so that an
	// opening may be older than it looks.
	skipped bool
	// nodes are those of the newest plan; generation grows when they change in what
	// decides whom they admit.
	nodes      []*v1.Node
	generation uint64
	classes    map[class]*openings
	// known is what each sleeper was in the first plan after its newest attempt.
	known map[types.UID]knownSleeper
	// grants are the pods woken by the current Board that have not come yet.
	grants map[types.UID]grant
	// taken is the sum of the grants' needs by node.
	taken map[string]engine.Amounts
}

type knownSleeper struct {
	class class
	tried uint64
	// offers counts the grants since the newest attempt that was refused for what a
	// Board shows, and offered is the Version of the Board of the last one.
	offers  int
	offered uint64
	// searched is the newest opening of the class when no node admitted the sleeper,
	// and sites the state of the nodes then.
	searched, sites uint64
}

// plan returns the pods to activate: those that were granted room before and have
// not come to use it, and those that fit now, by priority and age. fresh counts
// the latter. The nodes are in the order of their names.
func (p *planner) plan(sleepers []*sleeper, nodes []site) (wake []*v1.Pod, fresh int) {
	p.look(nodes)
	p.settle(sleepers)
	p.classify(sleepers, nodes)
	slices.SortFunc(sleepers, byImportance)
	for _, s := range sleepers {
		if _, granted := p.grants[s.pod.UID]; granted {
			wake = append(wake, s.pod)
			continue
		}
		if node, found := p.place(s, nodes); found {
			p.give(s, grant{node: node, need: s.need})
			wake = append(wake, s.pod)
			fresh++
		}
	}
	return wake, fresh
}

// advance moves on to a new Board. Grants end with the old one: what they became
// is for telemetry to see. Where rules changed, or a Board came and went unseen,
// nobody knows what was open at which attempt: all that is open counts as new, but
// for sleepers who did not come to use an earlier offer.
func (p *planner) advance(board *engine.Board) {
	if p.board == board {
		return
	}
	p.previous, p.board = p.board, board
	p.grants = map[types.UID]grant{}
	p.skipped = p.previous != nil && board.Version != p.previous.Version+1
	switch {
	case p.previous == nil || !p.previous.SameRules(board):
		p.previous = nil
		p.forget()
	case p.skipped:
		p.previous = nil
		p.classes = map[class]*openings{}
	}
}

// forget drops what is known of sleepers. Without any the openings are not brought
// up to date, so that those of earlier ones would mislead.
func (p *planner) forget() {
	p.classes, p.known = map[class]*openings{}, map[types.UID]knownSleeper{}
}

// look finds the sites in the newest Board, and follows nodes that changed, came or
// went.
func (p *planner) look(sites []site) {
	for i := range sites {
		sites[i].slot = p.board.Slot(sites[i].node.Name)
	}
	before := p.nodes
	p.nodes = nodesOf(sites)
	if !slices.EqualFunc(before, p.nodes, admitsAlike) {
		p.generation++
	}
	if slices.EqualFunc(before, p.nodes, func(a, b *v1.Node) bool { return a.Name == b.Name }) {
		return
	}
	places := make(map[string]int, len(before))
	for i, node := range before {
		places[node.Name] = i
	}
	for c, o := range p.classes {
		p.classes[c] = o.moved(places, sites)
	}
}

func nodesOf(sites []site) []*v1.Node {
	out := make([]*v1.Node, len(sites))
	for i := range sites {
		out[i] = sites[i].node
	}
	return out
}

// admitsAlike reports whether two states of a node admit the same pods; see
// destination.
func admitsAlike(a, b *v1.Node) bool {
	return a == b || a.Name == b.Name && maps.Equal(a.Labels, b.Labels) && equality.Semantic.DeepEqual(a.Spec.Taints, b.Spec.Taints)
}

// classify brings the openings of the sleepers' classes up to date, and forgets
// classes without sleepers.
func (p *planner) classify(sleepers []*sleeper, sites []site) {
	classes := map[class]*openings{}
	known := make(map[types.UID]knownSleeper, len(sleepers))
	for _, s := range sleepers {
		c := s.class()
		known[s.pod.UID] = p.recall(s, c)
		s.view = p.board.View(s.governing)
		if classes[c] == nil {
			classes[c] = p.opened(c, s, sites)
		}
		s.openings = classes[c]
	}
	p.classes, p.known = classes, known
}

// recall returns what the sleeper was at its newest attempt. If other rules
// govern it by now it was never tried under them.
func (p *planner) recall(s *sleeper, c class) knownSleeper {
	before, found := p.known[s.pod.UID]
	switch {
	case !found || before.tried != s.tried && !s.fleeting:
		return knownSleeper{class: c, tried: s.tried}
	case before.tried != s.tried: // its offers came to nothing, and are to come more rarely
		return knownSleeper{class: c, tried: s.tried, offers: before.offers, offered: before.offered}
	}
	if before.class != c {
		s.tried = 0
	}
	return before
}

// opened returns the openings of a class for the current Board. For a new class
// the previous Board tells what was open already.
func (p *planner) opened(c class, s *sleeper, sites []site) *openings {
	o := p.classes[c]
	if o == nil {
		o = openBefore(p.previous, s, sites)
	}
	o.update(p.board.Version, s, sites)
	return o
}

// place finds a node that opened for the sleeper since its newest attempt or offer,
// and that still has room beside what is granted there.
func (p *planner) place(s *sleeper, sites []site) (string, bool) {
	o, seen, k := s.openings, p.seen(s), p.known[s.pod.UID]
	if o.newest <= seen || o.newest <= k.searched && p.generation == k.sites && !s.fleeting {
		return "", false
	}
	to := inquiry.NewDestination(p.logger, s.pod)
	for i := o.full; i < len(sites); i++ {
		n, open := &sites[i], o.since[i]
		switch {
		case open != 0 && open <= seen:
		case open == 0 || !n.takes(s.view, p.taken[n.node.Name].Plus(s.need)):
			if i == o.full {
				o.full++
			}
		case to.Admits(n.node):
			return n.node.Name, true
		}
	}
	if len(p.taken) == 0 { // otherwise there may be a place when others have gone
		k.searched, k.sites = o.newest, p.generation
		p.known[s.pod.UID] = k
	}
	return "", false
}
