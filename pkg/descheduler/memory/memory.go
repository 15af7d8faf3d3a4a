package memory

import (
	"math"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Memory is what is remembered. New or Restore makes one.
type Memory struct {
	real, dry side
	moving    []*Moving
	records   []Record
	refusals  map[rules.Key]map[string]*Refusal
	counts    map[string]map[rules.Key]map[plan.Reason]int
}

// side is what limits moves: those that are made, or those of dry runs.
type side struct {
	Spent  []Spending        `json:"spent,omitempty"`
	Owners map[string]*Owner `json:"owners,omitempty"`
	Nodes  map[string]*Node  `json:"nodes,omitempty"`
	// Blind is until when limits count as reached, because what was spent could not be
	// read.
	Blind time.Time `json:"blind,omitzero"`
}

func newSide() side { return side{Owners: map[string]*Owner{}, Nodes: map[string]*Node{}} }

// New returns a Memory of nothing.
func New() *Memory {
	return &Memory{
		real: newSide(), dry: newSide(),
		refusals: map[rules.Key]map[string]*Refusal{},
		counts:   map[string]map[rules.Key]map[plan.Reason]int{},
	}
}

// Act is a move that is about to be made, or would be.
type Act struct {
	Rules []rules.Key
	// Sentences say value and threshold, in the order of Rules, and Sampled is the time of
	// the newest sample that they rest on.
	Sentences []string
	Sampled   time.Time
	// UID, Namespace and Pod name the victim, Owner its top owner, uniquely, and Node
	// where it is.
	UID, Namespace, Pod string
	Owner, Node, Home   string
	// OwnerKind and OwnerName are the top owner's, for people.
	OwnerKind, OwnerName string
	// OwnerRead is set where the replicas that it wants can be read.
	OwnerRead bool
	// Young are the owner's pods that are there and could be taken for the replacement.
	Young []string
	// Cooldown is how long the owner is to rest.
	Cooldown time.Duration
	// Predicted is of how much the node should be relieved, of Resource; 0 where nothing
	// is expected, as of a rule that vacates.
	Predicted float64
	Resource  string
	// Spans is how long it takes until two samples show nothing of the time before.
	Spans time.Duration
	// Last is set where the node should be under clear afterwards.
	Last   bool
	DryRun bool
}

// bounds of what is remembered.
const (
	maxSpent    = 1000
	maxMoving   = 100
	maxOwners   = 1000
	maxNodes    = 1000
	maxRecords  = 200
	maxRefusals = 5000
	maxCounts   = 500
)

// Begin enters a move, before the call that makes it: a crash in between counts too
// much, never too little. Who knows that no pod was evicted tells Refused, and what was
// spent is given back: if that is lost, too much stays counted. It returns false, and
// enters nothing, where no more can be counted, nothing finite is predicted, or the victim
// is on its way: the move must not be made then.
func (m *Memory) Begin(now time.Time, act Act) bool {
	now = door(now)
	s := m.side(act.DryRun)
	m.Forget(now)
	full := len(s.Spent) >= maxSpent || !act.DryRun && len(m.moving) >= maxMoving
	again := !act.DryRun && slices.ContainsFunc(m.moving, func(v *Moving) bool { return v.UID == act.UID })
	if full || again || now.Before(s.Blind) || !finite(act.Predicted) {
		return false
	}
	s.spend(now, &act)
	former := s.owner(act.Owner).begin(now, act.Cooldown)
	s.node(act.Node).begin(now, &act)
	m.record(now, &act)
	if !act.DryRun {
		m.moving = append(m.moving, newMoving(now, &act, former))
	}
	if act.DryRun {
		m.countAll(now, act.Rules, plan.DryRun)
	}
	return true
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func (m *Memory) side(dry bool) *side {
	if dry {
		return &m.dry
	}
	return &m.real
}

// door takes in a time as it comes back from JSON.
func door(t time.Time) time.Time { return t.Round(0).UTC() }

// Past returns what a plan depends on: of moves that are made, or of dry runs.
func (m *Memory) Past(now time.Time, dry bool) plan.Past {
	now = door(now)
	s := m.side(dry)
	out := plan.Past{Spent: s.spent(now), Owners: map[string]plan.OwnerPast{}, Nodes: map[string]plan.NodePast{}}
	for name, o := range s.Owners {
		out.Owners[name] = o.past()
	}
	for name, n := range s.Nodes {
		out.Nodes[name] = n.past(now)
	}
	if !dry {
		m.addMoving(&out)
		m.addUnreached(&out)
	}
	return out
}

// addMoving adds the moves that are under way.
func (m *Memory) addMoving(to *plan.Past) {
	to.Spent.RunningOn = map[string]int32{}
	for _, v := range m.moving {
		to.Spent.Running++
		to.Spent.RunningOn[v.Node]++
		owner := to.Owners[v.Owner]
		owner.Moving = true
		to.Owners[v.Owner] = owner
		node := to.Nodes[v.Node]
		node.Waits, node.Until = v.Step.waits(), time.Time{}
		to.Nodes[v.Node] = node
	}
}

// Blind returns until when limits count as reached because what was spent could not be
// read: of moves that are made, or of dry runs. It is in the past where they do not.
func (m *Memory) Blind(dry bool) time.Time { return m.side(dry).Blind }

// Forget drops what is too old to matter.
func (m *Memory) Forget(now time.Time) {
	now = door(now)
	for _, s := range []*side{&m.real, &m.dry} {
		s.forget(now)
	}
	m.forgetRefusals(now)
	m.forgetCounts(now)
}

// oldest returns the key of the least time, the first by name of several.
func oldest[T any](of map[string]*T, at func(*T) time.Time) (found string) {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if found == "" || at(of[name]).Before(at(of[found])) {
			found = name
		}
	}
	return found
}
