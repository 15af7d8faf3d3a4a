package inquiry

import (
	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// lenience is what rules that give way mean to one pod.
type lenience struct {
	rules engine.Governance
	// firm is how the other rules see the nodes; nil where no rule gives way.
	firm *engine.View
	// not says why they do not give way to this pod; empty where they do.
	not string
}

// lenienceFor finds the rules that give way to a pod.
func (o *Oracle) lenienceFor(pod *v1.Pod, q *Inquiry) lenience {
	l := lenience{rules: q.Board.Lenient(q.governing)}
	if l.rules.Empty() {
		return l
	}
	if l.not = o.Firm(pod); l.not == "" {
		l.firm = q.Board.Glance(q.Board.Firm(q.governing))
	}
	return l
}

// lets reports whether the firm rules let the pod onto a node.
func (l *lenience) lets(node *engine.Outlook, need, arrived, requested engine.Amounts) bool {
	if l.firm == nil {
		return false
	}
	return !l.firm.At(node.Slot()).Answer(need, arrived, requested).Kept
}

// OfGroup says why rules with ScheduleAnyway do not give way to a pod of a scheduling group:
// PostFilter does not run for those. It is empty for other pods.
func OfGroup(pod *v1.Pod) string {
	if pod.Spec.SchedulingGroup == nil {
		return ""
	}
	return "they do not give way to pods of a scheduling group"
}

// Firm says why rules with ScheduleAnyway do not give way to the pod; it is empty where
// they do, and where there are none.
func (q *Inquiry) Firm() string { return q.lenience.not }

// LeastViolating returns the node that breaks the rules that give way least, of those
// that nothing else keeps the pod off, its own nodeSelector, affinity and tolerations
// among it; false where some node takes the pod by all rules, or none by giving way.
func (q *Inquiry) LeastViolating(answers []NodeAnswer) (engine.Violation, bool) {
	var candidates []engine.Candidate
	for i := range answers {
		a := &answers[i]
		switch {
		case a.Unfit:
		case !a.Kept:
			return engine.Violation{}, false
		case a.GivesWay:
			candidates = append(candidates, q.candidate(a))
		}
	}
	return q.Board.LeastViolating(q.lenience.rules, candidates)
}

func (q *Inquiry) candidate(a *NodeAnswer) engine.Candidate {
	out := engine.Candidate{Node: a.Node, Need: q.Need, Arrived: a.Arrived}
	if a.Requested != nil {
		out.Requested = *a.Requested
	}
	return out
}
