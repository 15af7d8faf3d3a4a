package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// score is what a node is worth; all are worth the same where nothing tells them apart.
func score(a *inquiry.NodeAnswer) int64 {
	if a.Worth == nil {
		return 100
	}
	return a.Worth.Score
}

// best returns the nodes that take a pod and are worth most. Where rules that give way
// keep it off all others, that is the least violating one.
func best(q *inquiry.Inquiry, answers []inquiry.NodeAnswer) (names []string) {
	most := int64(-1)
	for i := range answers {
		a := &answers[i]
		switch worth := score(a); {
		case a.Kept || worth < most:
		case worth > most:
			names, most = []string{a.Node}, worth
		default:
			names = append(names, a.Node)
		}
	}
	if least, found := q.LeastViolating(answers); found && len(names) == 0 {
		names = []string{least.Node}
	}
	return names
}

func (p *placing) checkBest() []difference {
	if p.spec.Best == nil {
		return nil
	}
	got := nobody
	if names := best(p.inquiry, p.answers); len(names) > 0 {
		got = strings.Join(names, " "+or+" ")
	}
	want := strings.Split(p.spec.Best.Text, " "+or+" ")
	slices.Sort(want)
	if strings.Join(want, " "+or+" ") == got {
		return nil
	}
	var lines []string
	for i := range p.answers {
		if a := &p.answers[i]; a.Kept {
			lines = append(lines, p.reasons(a))
		} else {
			lines = append(lines, worth(a))
		}
	}
	return []difference{{
		path: p.at.Child("best"), what: "best node for pod " + p.spec.Pod,
		want: p.spec.Best.Text, got: got, because: strings.Join(lines, "\n"),
	}}
}

// worth says what a node is worth, in its parts.
func worth(a *inquiry.NodeAnswer) string {
	text := fmt.Sprintf("node %s scores %d", a.Node, score(a))
	if a.Worth == nil {
		return text + ": no preference governs the pod"
	}
	var parts []string
	for _, l := range a.Worth.Likes {
		parts = append(parts, fmt.Sprintf("preference %s gives %.4g with weight %.4g", l.Preference, l.Points, l.Weight))
	}
	for _, v := range a.Worth.Avoids {
		parts = append(parts, fmt.Sprintf("rule %s takes %.4g", v.Rule, v.Points))
	}
	if len(parts) == 0 {
		return text
	}
	return text + ": " + strings.Join(parts, ", ")
}

func (p *placing) checkScores() []difference {
	var out []difference
	for _, node := range slices.Sorted(maps.Keys(p.spec.Scores)) {
		want, got, because := p.spec.Scores[node].Text, notThere, ""
		if a := p.answer(node); a != nil {
			got, because = strconv.FormatInt(score(a), 10), worth(a)
		}
		if got != want {
			out = append(out, difference{
				path: p.at.Child("scores").Key(node), what: fmt.Sprintf("score of node %s for pod %s", node, p.spec.Pod),
				want: want, got: got, because: because,
			})
		}
	}
	return out
}
