package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// The words of "best": no node, and one of several that are worth the same.
const (
	nobody = "none"
	or     = "or"
)

// podExpectation is about one pod that is to be placed.
type podExpectation struct {
	at    strictyaml.Path
	pod   *pod
	spec  *expectSpec
	needs corev1.ResourceList
}

// placing is what all nodes say to a pod.
type placing struct {
	*podExpectation
	board   *engine.Board
	inquiry *inquiry.Inquiry
	answers []inquiry.NodeAnswer
}

func (e *podExpectation) check(w *world) []difference {
	p := &placing{podExpectation: e, board: w.board, inquiry: w.oracle.Ask(anew(e.pod.Pod))}
	p.answers = slices.Collect(p.inquiry.Answers())
	return slices.Concat(p.checkBlocked(w), p.checkWhy(w), p.checkBest(), p.checkScores(), p.checkNeeds(), p.checkPlaced(w))
}

// anew is a pod as if it were to be placed anew.
func anew(pod *corev1.Pod) *corev1.Pod {
	out := pod.DeepCopy()
	out.Spec.NodeName, out.UID = "", out.UID+"/anew"
	return out
}

func (p *placing) checkBlocked(w *world) []difference {
	if !w.at.Has(p.at.Child("blocked")) {
		return nil
	}
	got := []string{}
	for _, a := range p.answers {
		if a.Kept {
			got = append(got, a.Node)
		}
	}
	want := slices.Sorted(slices.Values(p.spec.Blocked))
	if slices.Equal(got, want) {
		return nil
	}
	return []difference{{
		path: p.at.Child("blocked"), what: fmt.Sprintf("nodes that pod %s is kept off", p.spec.Pod),
		want: list(want), got: list(got), because: p.explain(got, want), entries: entriesFor(got),
	}}
}

func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// entry is one of a list, or with a value one of a set.
type entry struct{ name, value string }

// String returns it as people write it.
func (e entry) String() string {
	if e.value == "" {
		return e.name
	}
	return e.name + ": " + e.value
}

func entriesFor(names []string) []entry {
	out := make([]entry, len(names))
	for i, name := range names {
		out[i].name = name
	}
	return out
}

// explain says of each node that is in one list alone why.
func (p *placing) explain(got, want []string) string {
	var lines []string
	for i := range p.answers {
		if a := &p.answers[i]; slices.Contains(got, a.Node) != slices.Contains(want, a.Node) {
			lines = append(lines, p.reasons(a))
		}
	}
	return strings.Join(lines, "\n")
}

// reasons say why a node takes the pod or does not, with numbers.
func (p *placing) reasons(a *inquiry.NodeAnswer) string {
	if !a.Kept {
		return fmt.Sprintf("node %s takes the pod: %s", a.Node, p.whyTaken(a))
	}
	return p.inquiry.Why(a).Sentence
}

// whyTaken says what each rule that could keep the pod off has seen, or why it has
// nothing to say.
func (p *placing) whyTaken(a *inquiry.NodeAnswer) string {
	var parts []string
	silenced := p.inquiry.Silenced(a)
	for _, g := range p.board.WhyGoverned(p.inquiry.Facts) {
		if slices.ContainsFunc(silenced, func(s engine.SilencedRule) bool { return s.Rule == g.Rule }) {
			parts = append(parts, fmt.Sprintf("rule %s is silenced there", g.Rule))
		}
		switch v, _ := p.board.Explain(g.Rule, a.Node); {
		case g.Exemption == engine.ExemptNoBlock:
		case g.Exemption != "":
			parts = append(parts, fmt.Sprintf("rule %s does not govern it (%s)", g.Rule, g.Exemption))
		case v.Judged:
			parts = append(parts, fmt.Sprintf("rule %s is %s, %s", g.Rule, v.Phase, leaves(&v)))
		default:
			parts = append(parts, v.Sentence)
		}
	}
	if len(parts) == 0 {
		return "no rule keeps pods off"
	}
	return strings.Join(parts, "; ")
}

func (p *placing) checkWhy(*world) []difference {
	var out []difference
	for _, node := range slices.Sorted(maps.Keys(p.spec.Why)) {
		want, got, because := p.spec.Why[node].Text, notThere, ""
		if a := p.answer(node); a != nil {
			got, because = "", p.reasons(a)
			if a.Kept {
				got = p.board.Reason(a.Reason)
			}
		}
		if got != want {
			out = append(out, difference{
				path: p.at.Child("why").Key(node), what: fmt.Sprintf("why pod %s is kept off node %s", p.spec.Pod, node),
				want: want, got: got, because: because,
			})
		}
	}
	return out
}

func (p *placing) answer(node string) *inquiry.NodeAnswer {
	for i := range p.answers {
		if p.answers[i].Node == node {
			return &p.answers[i]
		}
	}
	return nil
}
