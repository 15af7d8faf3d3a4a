package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// judge finds what somebody should look at. That a rule fires is what rules are for, and
// no trouble.
func (r *Report) judge() {
	if !r.Answers {
		return
	}
	r.judgeEvaluation()
	for i := range r.Sources {
		r.judgeSource(&r.Sources[i])
	}
	r.judgeTexts()
	r.judgePause()
	for i := range r.Rules {
		r.judgeRule(&r.Rules[i])
	}
	if r.Evictions != nil {
		r.judgeEvictions()
	}
	r.judgePaused()
}

// late is how much older the newest evaluation may be than the leader's newest sign of
// life. Both times are of the leader's clock.
const late = 2 * time.Minute

func (r *Report) judgeEvaluation() {
	if r.Board.Nodes == 0 {
		r.remark("nodes", "there are none, so that nothing is judged", "")
	}
	if r.Leader == nil {
		return
	}
	if behind := r.Leader.Renewed.Sub(r.Board.At); behind > late {
		r.attend("rules", fmt.Sprintf("they were last evaluated %s before the leader's newest sign of life", cli.Age(r.Leader.Renewed, r.Board.At)), "read the leader's log")
	}
}

func (r *Report) judgeSource(s *v1alpha1.Source) {
	about := "source " + s.Name
	switch {
	case s.Fault != "":
		says := strings.TrimPrefix(s.Fault, about+": ")
		if !s.FailingSince.IsZero() {
			says = fmt.Sprintf("it has failed for %s: %s", cli.Age(r.At, s.FailingSince), says)
		}
		r.attend(about, says, "")
	case !s.Up:
		r.attend(about, "it has not been read yet", "")
	}
	for _, note := range s.Notes {
		r.remark(about, note, "")
	}
	for i := range s.Metrics {
		r.judgeMetric(&s.Metrics[i], s)
	}
}

func (r *Report) judgeMetric(m *v1alpha1.SourceMetric, s *v1alpha1.Source) {
	about := "metric " + m.Name
	switch j := m.Join; {
	case m.Fault != "":
		r.attend(about, m.Fault, "")
	case j == nil || s.Fault != "":
	case j.Matched == 0:
		r.attend(about, "no series of source "+s.Name+" found a node"+such(j.Foreign), fmt.Sprintf("kubectl telemetry lint -n %s --live", r.namespace))
	case j.Ambiguous.Count > 0:
		r.attend(about, fmt.Sprintf("%d nodes have several series that nothing combines%s", j.Ambiguous.Count, such(j.Ambiguous)), "combine them in the query")
	}
}

// such names the first few of what is counted.
func such(n v1alpha1.Named) string {
	if len(n.First) == 0 {
		return ""
	}
	return ", such as " + n.First[0]
}

// consequences say what follows from a mistake, by the text that is in force.
var consequences = map[string]string{
	"last-good": "the last good text is in force",
	"none":      "nothing of this text is in force",
}

func (r *Report) judgeTexts() {
	for i := range r.texts.Items {
		key := &r.texts.Items[i]
		for m := range key.Mistakes {
			r.mistake(&key.Mistakes[m], consequences[key.InForce])
		}
	}
	for i := range r.texts.Unread {
		r.mistake(&r.texts.Unread[i], "")
	}
	for _, c := range r.texts.Conflicts {
		r.attend(place(c.SetAside.File, c.SetAside.Line, c.SetAside.Column),
			fmt.Sprintf("%s %s is defined in %s too, and only that is in force", c.Kind, c.Name, place(c.InForce.File, c.InForce.Line, c.InForce.Column)),
			"give one of them another name, or remove one")
	}
}

// mistake adds one of a text. What is odd but in force is only good to know.
func (r *Report) mistake(m *v1alpha1.Mistake, consequence string) {
	says := m.Message
	if consequence != "" && !m.Warning {
		says += "; " + consequence
	}
	if m.Warning {
		r.remark(place(m.File, m.Line, m.Column), says, m.Mend)
		return
	}
	r.attend(place(m.File, m.Line, m.Column), says, m.Mend)
}

func place(file string, line, column int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

func (r *Report) judgePause() {
	p := r.Pause
	for i := range p.Mistakes {
		r.mistake(&p.Mistakes[i], "")
	}
	if p.Block {
		r.attend("stop button", "it is pressed, and no rule keeps a pod off"+until(p.Until)+credits(p.By, p.Why), "")
	}
	if p.Evict {
		r.attend("stop button", "it is pressed, and no pod may be evicted"+until(p.Until)+credits(p.By, p.Why), "")
	}
	for _, s := range p.Silences {
		r.remark("silence", silence(&s), "")
	}
}

func (r *Report) judgeRule(rule *v1alpha1.Rule) {
	about := "rule " + rule.Name
	if rule.SourceFault {
		r.attend(about, fmt.Sprintf("%d of its nodes are unknown, which is over half: the fault is the source's, and onUnknown Block does not act", rule.Counts.Unknown), "")
	}
}

// configMapOf is the namespace/name of namespace/name/key.
func configMapOf(file string) string {
	if last := strings.LastIndexByte(file, '/'); last > 0 {
		return file[:last]
	}
	return file
}
