package telemetry

import (
	"cmp"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// sleeper is a waiting pod as one pass sees it.
type sleeper struct {
	pod *v1.Pod
	// tried is the Version of the Board of its newest attempt.
	tried     uint64
	priority  int32
	governing engine.Governance
	need      engine.Amounts
	// class is the same for pods to which telemetry gives the same answer on every
	// node.
	class string
}

// planner chooses which sleepers to wake. It offers a pod only what opened after
// its newest attempt: what was open then, other plugins have refused, and they
// have events of their own. One goroutine uses it.
type planner struct {
	logger klog.Logger
	// board is that of the newest plan, previous the one before.
	board, previous *engine.Board
	classes         map[string]*openings
	// known is what each sleeper was in the first plan after its newest attempt.
	known map[types.UID]knownSleeper
	// grants are the pods woken by the current Board. Whoever was reserved holds
	// its room until the next Board; whoever failed gives it back.
	grants map[types.UID]grant
	// taken is the sum of the grants' needs by node.
	taken map[string]engine.Amounts
}

type knownSleeper struct {
	class string
	tried uint64
}

// grant is room on a node that was offered to a pod.
type grant struct {
	node string
	need engine.Amounts
}

// plan returns the pods to activate: those that were granted room before and have
// not come to use it, and those that fit now, by priority and age. fresh counts
// the latter. The nodes are in the same order in each call.
func (p *planner) plan(sleepers []*sleeper, nodes []*v1.Node) (wake []*v1.Pod, fresh int) {
	p.settle(sleepers)
	p.classify(sleepers, nodes)
	slices.SortFunc(sleepers, byImportance)
	for _, s := range sleepers {
		if _, granted := p.grants[s.pod.UID]; granted {
			wake = append(wake, s.pod)
			continue
		}
		if node, found := p.place(s, nodes); found {
			p.give(s.pod.UID, grant{node: node, need: s.need})
			wake = append(wake, s.pod)
			fresh++
		}
	}
	return wake, fresh
}

// advance moves on to a new Board. Grants end with the old one: what they became
// is for telemetry to see.
func (p *planner) advance(board *engine.Board) {
	if p.board == board {
		return
	}
	p.previous, p.board = p.board, board
	p.grants = map[types.UID]grant{}
	if p.previous == nil || !p.previous.SameRules(board) {
		p.previous = nil
		p.classes = map[string]*openings{}
		p.known = map[types.UID]knownSleeper{}
	}
}

// settle takes room back from pods that were tried with this Board and still
// wait, and sums up what the others hold.
func (p *planner) settle(sleepers []*sleeper) {
	for _, s := range sleepers {
		if s.tried >= p.board.Version {
			delete(p.grants, s.pod.UID)
		}
	}
	p.taken = map[string]engine.Amounts{}
	for _, g := range p.grants {
		p.taken[g.node] = p.taken[g.node].Plus(g.need)
	}
}

func (p *planner) give(uid types.UID, g grant) {
	p.grants[uid] = g
	p.taken[g.node] = p.taken[g.node].Plus(g.need)
}

// classify brings the openings of the sleepers' classes up to date, and drops
// classes without sleepers.
func (p *planner) classify(sleepers []*sleeper, nodes []*v1.Node) {
	classes := map[string]*openings{}
	known := make(map[types.UID]knownSleeper, len(sleepers))
	for _, s := range sleepers {
		s.class = fmt.Sprintf("%s %v", s.governing.Key(), s.need)
		known[s.pod.UID] = p.recall(s)
		if classes[s.class] == nil {
			classes[s.class] = p.opened(s, nodes)
		}
	}
	p.classes, p.known = classes, known
}

// recall returns what the sleeper was at its newest attempt. If other rules
// govern it by now it was never tried under them.
func (p *planner) recall(s *sleeper) knownSleeper {
	before, found := p.known[s.pod.UID]
	if !found || before.tried != s.tried {
		return knownSleeper{class: s.class, tried: s.tried}
	}
	if before.class != s.class {
		s.tried = 0
	}
	return before
}

// opened returns the openings of a class for the current Board. For a new class
// the previous Board tells what was open already.
func (p *planner) opened(s *sleeper, nodes []*v1.Node) *openings {
	o := p.classes[s.class]
	if o == nil {
		o = &openings{since: map[string]uint64{}}
		if p.previous != nil {
			o.update(p.previous, s, nodes)
		}
	}
	o.update(p.board, s, nodes)
	return o
}

// place finds a node that opened for the sleeper since its newest attempt and
// that still has room beside what is granted there.
func (p *planner) place(s *sleeper, nodes []*v1.Node) (string, bool) {
	o := p.classes[s.class]
	if o.newest <= s.tried {
		return "", false
	}
	to := newDestination(p.logger, s.pod)
	for i := o.full; i < len(nodes); i++ {
		name := nodes[i].Name
		since := o.since[name]
		switch {
		case since == 0 || !takes(p.board.Node(name), s.governing, p.taken[name].Plus(s.need)):
			if i == o.full {
				o.full++
			}
		case since > s.tried && to.admits(nodes[i]):
			return name, true
		}
	}
	return "", false
}

// openings says since which Board each node would take a pod of one class.
type openings struct {
	since map[string]uint64
	// newest is the greatest value of since.
	newest uint64
	// full is how many nodes from the first on have no room left in this plan.
	full int
}

func (o *openings) update(board *engine.Board, s *sleeper, nodes []*v1.Node) {
	o.newest, o.full = 0, 0
	for _, n := range nodes {
		if !takes(board.Node(n.Name), s.governing, s.need) {
			delete(o.since, n.Name)
			continue
		}
		if o.since[n.Name] == 0 {
			o.since[n.Name] = board.Version
		}
		o.newest = max(o.newest, o.since[n.Name])
	}
}

// takes reports whether telemetry lets a node take a need. A node that the Board
// does not know has just joined, and the next Board will.
func takes(node *engine.NodeBoard, governing engine.Governance, need engine.Amounts) bool {
	if node == nil || governing.Empty() {
		return node != nil
	}
	if _, blocked := node.Blocked(governing); blocked {
		return false
	}
	_, breaks := node.WouldBreak(governing, need, engine.Amounts{})
	return !breaks
}

// byImportance orders by priority, then age.
func byImportance(a, b *sleeper) int {
	return cmp.Or(
		cmp.Compare(b.priority, a.priority),
		a.pod.CreationTimestamp.Time.Compare(b.pod.CreationTimestamp.Time),
		cmp.Compare(a.pod.Namespace, b.pod.Namespace),
		cmp.Compare(a.pod.Name, b.pod.Name),
	)
}
