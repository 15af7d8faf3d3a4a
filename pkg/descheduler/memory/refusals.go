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
}

// Learn takes in why rules did nothing: the newest reason of each on each node is kept
// for 24 h, and counted when it changes and once an hour while it does not.
func (m *Memory) Learn(now time.Time, p plan.Plan) {
	now = door(now)
	for i := range p.Nodes {
		for _, a := range p.Nodes[i].Rules {
			if a.Reason != "" {
				m.refuse(now, a.Rule, p.Nodes[i].Node, a.Reason)
			} else {
				delete(m.refusals[a.Rule], p.Nodes[i].Node)
			}
		}
	}
	m.boundRefusals()
	m.Forget(now)
}

func (m *Memory) refuse(now time.Time, rule rules.Key, node string, reason plan.Reason) {
	if m.refusals[rule] == nil {
		m.refusals[rule] = map[string]*Refusal{}
	}
	r, known := m.refusals[rule][node]
	if !known || r.Reason != reason {
		r = &Refusal{Reason: reason, Since: now}
		m.refusals[rule][node] = r
	}
	if hourOf(r.Seen) != hourOf(now) { // of a new one that is never
		m.count(now, rule, reason)
	}
	r.Seen = now
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

// boundRefusals forgets the oldest beyond the bound.
func (m *Memory) boundRefusals() {
	type at struct {
		rule rules.Key
		node string
		seen time.Time
	}
	var all []at
	for rule, nodes := range m.refusals {
		for node, r := range nodes {
			all = append(all, at{rule, node, r.Seen})
		}
	}
	if len(all) <= maxRefusals {
		return
	}
	slices.SortFunc(all, func(a, b at) int {
		return cmp.Or(a.seen.Compare(b.seen), compareRules(a.rule, b.rule), cmp.Compare(a.node, b.node))
	})
	for _, r := range all[:len(all)-maxRefusals] {
		delete(m.refusals[r.rule], r.node)
	}
}

func compareRules(a, b rules.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// addUnreached adds the nodes for which the last plan had no proofs left.
func (m *Memory) addUnreached(to *plan.Past) {
	for _, nodes := range m.refusals {
		for name, r := range nodes {
			if r.Reason == plan.Unreached {
				node := to.Nodes[name]
				node.Unreached = true
				to.Nodes[name] = node
			}
		}
	}
}
