package marks

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Limits bound what a telemetry source that swings can do to a cluster.
type Limits struct {
	// Interval is the least time between two settings of one mark on one node. Taking a
	// mark away never waits for it.
	Interval time.Duration
	// Tainted is the most nodes, of a hundred, that may carry a NoSchedule taint of ours at
	// once; one node may in any cluster, unless it is 0.
	Tainted int
}

// Kind is that of a mark.
type Kind string

// A mark is a label or a taint.
const (
	Label Kind = "label"
	Taint Kind = "taint"
)

// Key names a mark.
type Key struct {
	Kind Kind
	Key  string
}

// Place is a mark on a node, which its UID names: another node of its name begins anew.
type Place struct {
	UID string
	Key
}

// Reason is why a mark is not set although a rule wants it.
type Reason string

// What keeps marks from being set.
const (
	// Foreign marks are there already: somebody else set the same key.
	Foreign Reason = "foreign"
	// Early ones were set a moment ago.
	Early Reason = "interval"
	// Crowded is where so many nodes as may be are tainted already.
	Crowded Reason = "tainted"
)

// Held is a mark that is not set although a rule wants it.
type Held struct {
	Node *Node
	Key
	Rule   string
	Reason Reason
}

// Turn is one mark that a change sets or takes away.
type Turn struct {
	Key
	// Text is the label's value, or the taint's effect.
	Text string
	// Rule is for which it is set; empty where the mark is taken away.
	Rule string
}

// Change is what is to be written to one node.
type Change struct {
	Node *Node
	// Labels are all that we are to have on the node; they are to be applied where Relabel is
	// set.
	Labels  map[string]string
	Relabel bool
	// Taints are all of the node; they are to be written where Retaint is set.
	Taints  []corev1.Taint
	Retaint bool
	Turns   []Turn
}

// sets reports whether the change brings a mark, and does not only take some away.
func (c *Change) sets() bool {
	return slices.ContainsFunc(c.Turns, func(t Turn) bool { return t.Rule != "" })
}

// Input is what a plan follows from.
type Input struct {
	Now    time.Time
	Owner  Owner
	Limits Limits
	// Nodes are all of the cluster, by name.
	Nodes []*Node
	// Wanted is what they are to carry, by name.
	Wanted map[string][]engine.Mark
	// Set says when a mark was last set.
	Set map[Place]time.Time
}

// Plan returns what is to be written so that nodes carry what is wanted, in the order of
// its urgency: what takes marks away comes first. held are the marks that are not set.
func Plan(in Input) (changes []Change, held []Held) {
	p := planner{Input: in, room: in.room()}
	for _, n := range in.Nodes {
		c := Change{Node: n}
		p.labels(&c)
		p.taints(&c)
		if c.Relabel || c.Retaint {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(rank(&a), rank(&b)) })
	return changes, p.held
}

// rank puts what only takes marks away first, and what takes some away before what takes none:
// where the rate does not suffice for both nothing stays for want of it.
func rank(c *Change) int {
	switch {
	case !c.sets():
		return 0
	case slices.ContainsFunc(c.Turns, func(t Turn) bool { return t.Rule == "" }):
		return 1
	}
	return 2
}
