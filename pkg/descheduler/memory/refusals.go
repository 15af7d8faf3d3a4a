package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Refusal is why a rule did nothing on a node.
type Refusal struct {
	Reason plan.Reason `json:"reason"`
	// Since is when the reason became this one, and Seen when it was so last.
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen"`
	// Unreached is set where the last plan had no proofs left for the node.
	Unreached bool `json:"unreached,omitempty"`
}

// Place is a rule on a node.
type Place struct {
	Rule rules.Key
	Node string
}

// Learn takes in why rules did nothing: the newest reason of each on each node is kept
// for 24 h, and counted when it changes and once an hour while it does not. It returns
// where the reason changed. What is beyond the bound of what is kept is no news.
func (m *Memory) Learn(now time.Time, p plan.Plan) (changed map[Place]bool) {
	now = door(now)
	changed = map[Place]bool{}
	var fresh []unknown
	for i := range p.Nodes {
		for _, a := range p.Nodes[i].Rules {
			at := Place{a.Rule, p.Nodes[i].Node}
			switch r, known := m.refusals[a.Rule][at.Node]; {
			case a.Reason == "":
				delete(m.refusals[a.Rule], at.Node)
			case known:
				changed[at] = m.again(now, a.Rule, r, a.Reason)
			default:
				fresh = append(fresh, unknown{at, a.Reason})
			}
		}
	}
	for _, one := range fresh[:min(len(fresh), m.room(now, len(fresh)))] {
		changed[one.Place] = m.again(now, one.Rule, m.keep(one.Place), one.reason)
	}
	m.Forget(now)
	return changed
}

// unknown is a reason that nothing is kept of yet.
type unknown struct {
	Place
	reason plan.Reason
}

func (m *Memory) keep(at Place) *Refusal {
	if m.refusals[at.Rule] == nil {
		m.refusals[at.Rule] = map[string]*Refusal{}
	}
	r := &Refusal{}
	m.refusals[at.Rule][at.Node] = r
	return r
}

// again notes a reason where one is kept, and reports whether it is another.
func (m *Memory) again(now time.Time, rule rules.Key, r *Refusal, reason plan.Reason) (other bool) {
	r.Unreached = reason == plan.Unreached
	if stands(r.Reason, reason) {
		reason = r.Reason
	}
	if other = r.Reason != reason; other {
		r.Reason, r.Since, r.Seen = reason, now, time.Time{}
	}
	if hourOf(r.Seen) != hourOf(now) { // of a new one that is never
		m.count(now, rule, reason)
	}
	r.Seen = now
	return other
}

// sought are the reasons of nodes for which pods with homes were sought.
var sought = []plan.Reason{
	plan.NoHome, plan.HomeTaken, plan.PendingFirst, plan.TooManyProofs, plan.NoCandidates, plan.NotEnough, plan.Unmeasured, plan.BringsNothing,
	plan.BudgetBlocked, plan.BudgetConflict, plan.BackingOff, plan.OwnerMoving,
}

// stands reports whether a reason still is what people should read although the newest look
// ended with another: one that ended early found nothing out.
func stands(before, newest plan.Reason) bool {
	return newest == plan.Unreached && slices.Contains(sought, before) || newest == plan.TooManyProofs && before == plan.NoHome
}

// Refusal returns why a rule did nothing on a node when it was looked at last, and
// whether that is known.
func (m *Memory) Refusal(rule rules.Key, node string) (Refusal, bool) {
	r, known := m.refusals[rule][node]
	if !known {
		return Refusal{}, false
	}
	return *r, true
}

func (m *Memory) forgetRefusals(now time.Time) {
	for rule, nodes := range m.refusals {
		for node, r := range nodes {
			if now.Sub(r.Seen) >= remembers {
				delete(nodes, node)
			}
		}
		if len(nodes) == 0 {
			delete(m.refusals, rule)
		}
	}
}

// room returns how many more can be kept of those that are wanted: where there is none,
// what was not seen for longest is forgotten, but nothing that was seen just now.
func (m *Memory) room(now time.Time, wanted int) int {
	type old struct {
		Place
		seen time.Time
	}
	var all []old
	kept := 0
	for rule, nodes := range m.refusals {
		kept += len(nodes)
		for node, r := range nodes {
			if r.Seen.Before(now) {
				all = append(all, old{Place{rule, node}, r.Seen})
			}
		}
	}
	slices.SortFunc(all, func(a, b old) int {
		return cmp.Or(a.seen.Compare(b.seen), compareRules(a.Rule, b.Rule), cmp.Compare(a.Node, b.Node))
	})
	leave := min(len(all), max(0, kept+wanted-maxRefusals))
	for _, o := range all[:leave] {
		delete(m.refusals[o.Rule], o.Node)
	}
	return max(0, maxRefusals-kept+leave)
}

func compareRules(a, b rules.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// addUnreached adds the nodes for which the last plan had no proofs left.
func (m *Memory) addUnreached(to *plan.Past) {
	for _, nodes := range m.refusals {
		for name, r := range nodes {
			if r.Unreached {
				node := to.Nodes[name]
				node.Unreached = true
				to.Nodes[name] = node
			}
		}
	}
}
