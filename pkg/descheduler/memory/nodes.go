package memory

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// reliefsCount is how long a relief speaks against a node that needs one more.
const reliefsCount = 6 * time.Hour

// enoughReliefs is after how many the cause is not the pods.
const enoughReliefs = 2

// Node is what became of moves from a node.
type Node struct {
	// Acted is the time of the newest sample that was acted upon, Cooldown the rest that
	// the last move asked for, and Touched when something happened last.
	Acted    time.Time     `json:"acted,omitzero"`
	Cooldown time.Duration `json:"cooldown,omitempty"`
	Touched  time.Time     `json:"touched"`
	// Unsettled is when a move helped after which the node was to need more.
	Unsettled time.Time `json:"unsettled,omitzero"`
	// Reliefs are when the node was relieved, and Failures when moves in a row did not
	// help.
	Reliefs  []time.Time `json:"reliefs,omitempty"`
	Failures []time.Time `json:"failures,omitempty"`
	// Until is how long the node is left alone, and Why.
	Until time.Time   `json:"until,omitzero"`
	Why   plan.Reason `json:"why,omitempty"`
}

// node returns what is known of a node, with room for one more: that which was left
// alone for longest is forgotten.
func (s *side) node(name string) *Node {
	n, known := s.Nodes[name]
	if !known {
		if len(s.Nodes) >= maxNodes {
			delete(s.Nodes, oldest(s.Nodes, func(n *Node) time.Time { return n.Touched }))
		}
		n = &Node{}
		s.Nodes[name] = n
	}
	return n
}

// begin notes a move. A dry run cannot see the node cool: it leaves it alone for as
// long as its owners would rest.
func (n *Node) begin(now time.Time, act *Act) {
	n.Touched, n.Cooldown = now, act.Cooldown
	if sampled := door(act.Sampled); sampled.After(n.Acted) {
		n.Acted = sampled
	}
	if act.DryRun {
		n.rest(now, plan.CoolingDown, 0)
	}
}

func (n *Node) rest(now time.Time, why plan.Reason, failures int) {
	n.Until, n.Why = now.Add(plan.Backoff(n.Cooldown, failures)), why
}

// helped notes a move that helped; last, one after which the node was to be well.
func (n *Node) helped(now time.Time, last bool) {
	n.Touched, n.Failures, n.Unsettled = now, nil, now
	if last {
		n.relieved(now)
	}
}

// relieved counts a relief. A node that needs one more too soon after two is left
// alone, for longer each time: the cause is not the pods.
func (n *Node) relieved(now time.Time) {
	n.Unsettled = time.Time{}
	n.forget(now)
	n.Reliefs = append(n.Reliefs, now)
	if more := len(n.Reliefs) - enoughReliefs; more >= 0 {
		n.rest(now, plan.NotCured, more)
	}
}

// didNotHelp leaves the node alone, for longer each time in a row.
func (n *Node) didNotHelp(now time.Time) {
	n.Touched = now
	n.Failures = append(n.Failures, now)
	n.Failures = n.Failures[max(0, len(n.Failures)-maxOutcomes):]
	n.rest(now, plan.CoolingDown, len(n.Failures)-1)
}

func (n *Node) forget(now time.Time) {
	n.Reliefs = slices.DeleteFunc(n.Reliefs, func(at time.Time) bool { return now.Sub(at) >= reliefsCount })
	if len(n.Reliefs) == 0 {
		n.Reliefs = nil
	}
}

func (n *Node) past(now time.Time) plan.NodePast {
	out := plan.NodePast{Acted: n.Acted}
	if now.Before(n.Until) {
		out.Waits, out.Until = n.Why, n.Until
	}
	return out
}

// Calm tells that no rule with evict fires on a node any more: moves that helped have
// relieved it.
func (m *Memory) Calm(now time.Time, node string) {
	if n, known := m.real.Nodes[node]; known && !n.Unsettled.IsZero() {
		n.relieved(door(now))
	}
}
