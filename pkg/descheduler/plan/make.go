package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// maker makes one plan.
type maker struct {
	in    *In
	nodes []*node
	// books has, by mode, what is spent and what is under way, this plan's moves
	// included.
	books [modes]book
	// assumed are the moves that are planned so far.
	assumed []Move
	// proofs is how many may still be made.
	proofs int
}

// node is a source while it is planned.
type node struct {
	source *Source
	plan   NodePlan
	// rules are those that have the evidence to act; pods those of the source, by name.
	rules []acting
	pods  []*Pod
	// lack is why no rule has the evidence to act, and failed why rules that have it end
	// with nothing.
	lack   Reason
	failed map[rules.Key]Reason
	// homeless are pods that were found to have no home.
	homeless map[*Pod]Reason
	// failures counts the proofs that found no home, and asked all of them; steps is what
	// may still be tried.
	failures, asked, steps int
	unreached              bool
}

// Make decides what leaves which nodes. It changes nothing that it is handed.
func Make(in In) Plan {
	m := gather(&in)
	slices.SortFunc(m.nodes, byTrouble)
	for as := range modes {
		for _, n := range m.nodes {
			if len(n.plan.Moves) == 0 {
				m.serve(n, as)
			}
		}
	}
	var out Plan
	for _, n := range m.nodes {
		out.Nodes = append(out.Nodes, m.conclude(n))
	}
	return out
}

// gather judges which rules may act on which nodes.
func gather(in *In) *maker {
	m := &maker{in: in, books: openBooks(in), proofs: cmp.Or(in.Proofs, DefaultProofs)}
	for i := range in.Nodes {
		n := m.open(&in.Nodes[i])
		m.judge(n)
		m.nodes = append(m.nodes, n)
	}
	return m
}

// Ask is a rule that would have pods leave a node: it needs to know its pods, and homes.
type Ask struct {
	Node string
	Rule rules.Key
	// Reason says what holds it; empty where nothing does.
	Reason Reason
	// Newest is the time of the newest sample.
	Newest time.Time
}

// Asks returns the rules for which Make looks at pods, in the order of in.Nodes. Where there
// is none the plan is the same without any.
func Asks(in In) (out []Ask) {
	m := gather(&in)
	for _, n := range m.nodes {
		for _, a := range n.rules {
			if a.mode == held || !m.full(a.mode) {
				out = append(out, Ask{n.source.Node, a.Rule, a.reason, a.Newest})
			}
		}
	}
	return out
}

// full reports whether as many moves are under way as may be.
func (m *maker) full(as mode) bool { return m.books[as].spent.Running >= m.in.Concurrent.Total }

func (m *maker) open(s *Source) *node {
	n := &node{source: s, homeless: map[*Pod]Reason{}, failed: map[rules.Key]Reason{}, steps: maxSteps}
	n.unreached = m.in.Real.Nodes[s.Node].Unreached
	n.plan = NodePlan{Node: s.Node, Exact: true}
	for i := range s.Pods {
		p := &s.Pods[i]
		if n.pods = append(n.pods, p); p.Homeless != "" {
			n.homeless[p] = p.Homeless
		}
	}
	slices.SortFunc(n.pods, byName)
	return n
}

// serve plans for the rules of one mode on a node.
func (m *maker) serve(n *node, as mode) {
	relieving, vacating := n.group(as)
	if len(relieving)+len(vacating) == 0 {
		return
	}
	if as != held && m.full(as) {
		n.plan.Reason = cmp.Or(n.plan.Reason, Concurrent)
		n.fail(append(relieving, vacating...), Concurrent)
		return
	}
	m.attempt(n, relieving, vacating, as)
}

// attempt plans for rules that may act, or whose plan is shown.
func (m *maker) attempt(n *node, relieving, vacating []acting, as mode) {
	var reason Reason
	if len(relieving) > 0 {
		reason = m.relieve(n, relieving, as)
	}
	if len(vacating) > 0 && len(n.plan.Moves) == 0 {
		reason = m.vacate(n, vacating, as)
	}
	if len(n.plan.Moves) == 0 {
		n.plan.Reason = cmp.Or(n.plan.Reason, reason)
		if n.plan.Spared == nil {
			n.plan.Spared = m.spare(n, append(relieving, vacating...), as)
		}
		return
	}
	n.plan.Reason = m.gate(n, as)
	m.assumed = append(m.assumed, n.plan.Moves...)
}

// maxRules bounds the rules that share a plan; those that come after them by name wait.
const maxRules = 64

// group returns the rules of one mode, by what they are for.
func (n *node) group(as mode) (relieving, vacating []acting) {
	for _, a := range n.rules {
		switch {
		case a.mode != as:
		case a.policy.Vacate && len(vacating) < maxRules:
			vacating = append(vacating, a)
		case !a.policy.Vacate && len(relieving) < maxRules:
			relieving = append(relieving, a)
		}
	}
	return relieving, vacating
}

// byTrouble orders nodes: those that the last plan did not reach, then the furthest
// beyond its clear level first, then that which is
// so for longest, then by name. Those that nothing is planned for come last.
func byTrouble(a, b *node) int {
	return cmp.Or(
		compareBool(len(a.rules) == 0, len(b.rules) == 0),
		compareBool(!a.unreached, !b.unreached),
		cmp.Compare(b.severity(), a.severity()),
		a.since().Compare(b.since()),
		cmp.Compare(a.source.Node, b.source.Node),
	)
}

// severity is how far the worst rule is beyond its clear level, in parts of it.
func (n *node) severity() (worst float64) {
	for _, a := range n.rules {
		least := math.Inf(1)
		for _, r := range a.Relief {
			far := 0.0
			for _, p := range r.Parts {
				far = max(far, p.beyond())
			}
			least = min(least, far)
		}
		if len(a.Relief) > 0 {
			worst = max(worst, least)
		}
	}
	return worst
}

func (p *Part) beyond() float64 {
	scale := max(math.Abs(p.Clear), math.Abs(p.Threshold))
	return math.Abs(p.Value-p.Clear) / cmp.Or(scale, 1)
}

func (n *node) since() (first time.Time) {
	for _, a := range n.rules {
		if first.IsZero() || a.Since.Before(first) {
			first = a.Since
		}
	}
	return first
}
