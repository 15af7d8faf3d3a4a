package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// notFiring is what there is to say of a node where no rule that evicts fires.
const notFiring = "not firing"

// reasons are those that a node or a pod may have.
func reasons() (out []string) {
	for _, r := range plan.Reasons() {
		out = append(out, string(r))
	}
	return out
}

// nodeExpectation is about the pods that are to leave one node.
type nodeExpectation struct {
	at   strictyaml.Path
	spec *expectSpec
}

// leaving is what comes of a node.
type leaving struct {
	*nodeExpectation
	planned *planned
	// there is false before the node joins.
	there   bool
	node    plan.NodePlan
	reason  string
	because string
}

func (e *nodeExpectation) check(w *world) []difference {
	l := &leaving{nodeExpectation: e, planned: w.plan(), there: w.board.Slot(e.spec.Node) >= 0, reason: notFiring}
	if n := l.planned.of(e.spec.Node); n != nil {
		l.node, l.reason = *n, string(n.Reason)
		if n.Reason == "" {
			l.reason = string(plan.Evicted)
		}
	}
	l.because = l.explain()
	return slices.Concat(
		l.checkVictims(w), l.checkReason(),
		l.checkPods("home", "home of pod %s of node %s", e.spec.Home, l.home),
		l.checkPods("spared", "why pod %s stays on node %s", e.spec.Spared, l.spared),
	)
}

func (l *leaving) checkVictims(w *world) []difference {
	if !w.at.Has(l.at.Child("victims")) {
		return nil
	}
	got := []string{}
	for i := range l.node.Moves {
		got = append(got, l.node.Moves[i].Pod.Name)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(l.spec.Victims))
	if slices.Equal(got, want) && l.there {
		return nil
	}
	d := difference{
		path: l.at.Child("victims"), what: "pods that are to leave node " + l.spec.Node,
		want: list(want), got: list(got), because: l.because, entries: entriesFor(got),
	}
	if !l.there {
		d.got, d.entries = notThere, nil
	}
	return []difference{d}
}

func (l *leaving) checkReason() []difference {
	if l.spec.Reason == nil || l.there && l.spec.Reason.Text == l.reason {
		return nil
	}
	return []difference{{
		path: l.at.Child("reason"), what: "what comes of evictions from node " + l.spec.Node,
		want: l.spec.Reason.Text, got: l.unless(l.reason), because: l.because,
	}}
}

// checkPods looks at one field that is by pod.
func (l *leaving) checkPods(field, what string, wanted map[string]strictyaml.Scalar, of func(pod string) string) (out []difference) {
	for _, pod := range slices.Sorted(maps.Keys(wanted)) {
		if got := l.unless(of(pod)); got != wanted[pod].Text {
			out = append(out, difference{
				path: l.at.Child(field).Key(pod), what: fmt.Sprintf(what, pod, l.spec.Node), want: wanted[pod].Text, got: got, because: l.because,
			})
		}
	}
	return out
}

// unless is what came, if the node is there.
func (l *leaving) unless(came string) string {
	if !l.there {
		return notThere
	}
	return came
}

func (l *leaving) home(pod string) string {
	for i := range l.node.Moves {
		if l.node.Moves[i].Pod.Name == pod {
			return l.node.Moves[i].Home.Node
		}
	}
	return nobody
}

func (l *leaving) spared(pod string) string {
	for _, s := range l.node.Spared {
		if s.Pod.Name == pod {
			return string(s.Reason)
		}
	}
	return nobody
}

// explain says what rules see on the node, what comes of it, and why pods stay.
func (l *leaving) explain() string {
	if l.reason == notFiring {
		return "no rule that evicts fires there"
	}
	var lines []string
	for _, a := range l.node.Rules {
		v, _ := l.planned.Board.Explain(a.Rule, l.node.Node) // the Board has both
		lines = append(lines, fmt.Sprintf("rule %s is %s since %s UTC: %s", a.Rule, v.Phase, v.Since.Format(time.TimeOnly), leaves(&v)))
		if held := l.planned.Policies[a.Rule]; held.Why != "" {
			lines = append(lines, "it is held: "+held.Why)
		}
	}
	if l.node.Reason != "" {
		lines = append(lines, l.node.Reason.Sentence())
	}
	return strings.Join(append(lines, l.each()...), "\n")
}

// each says of each pod that leaves where it goes, and of those that may not why.
func (l *leaving) each() (lines []string) {
	for i := range l.node.Moves {
		m := &l.node.Moves[i]
		lines = append(lines, fmt.Sprintf("pod %s would leave for node %s", m.Pod.Name, m.Home.Node)+aside(m.Home.Sentence))
	}
	for _, s := range l.node.Spared {
		lines = append(lines, fmt.Sprintf("pod %s stays: %s", s.Pod.Name, s.Reason.Sentence())+aside(l.planned.homes.whys[s.Pod.UID]))
	}
	return lines
}

// aside puts what there is to add in brackets.
func aside(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
