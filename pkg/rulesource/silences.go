package rulesource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// silencesAt returns the silences in force.
func silencesAt(pause rules.Pause, now time.Time) []rules.Silence {
	return slices.DeleteFunc(slices.Clone(pause.Silences), func(s rules.Silence) bool { return !s.Stands(now) })
}

// nextEnd returns when the next silence ends; zero where none will.
func nextEnd(pause rules.Pause, now time.Time) (next time.Time) {
	for _, s := range silencesAt(pause, now) {
		if !s.Until.IsZero() && (next.IsZero() || s.Until.Before(next)) {
			next = s.Until
		}
	}
	return next
}

// findLate returns the silences that were over when they were written: before their
// ConfigMap was made, or before it was last written where they are new in it. Of the
// latter a scheduler that has just started knows nothing.
func (s *Source) findLate(cm *corev1.ConfigMap, pause rules.Pause, now time.Time) map[rules.Silence]bool {
	before, written := s.Set().Pause.Silences, written(cm, now)
	late := map[rules.Silence]bool{}
	for _, x := range pause.Silences {
		isNew := s.looked && !slices.Contains(before, x)
		if s.late[x] || !x.Stands(cm.CreationTimestamp.Time) || isNew && !x.Stands(written) {
			late[x] = true
		}
	}
	return late
}

// written is when a ConfigMap was last written, as far as the API server noted it.
func written(cm *corev1.ConfigMap, now time.Time) time.Time {
	var last time.Time
	for _, f := range cm.ManagedFields {
		if f.Time != nil && f.Time.After(last) {
			last = f.Time.Time
		}
	}
	if last.IsZero() {
		return now
	}
	return last
}

// tooLate says that silences never began.
func tooLate(cm *corev1.ConfigMap, pause rules.Pause, late map[rules.Silence]bool) (out []rules.Mistake) {
	for _, s := range pause.Silences {
		if late[s] {
			out = append(out, rules.Mistake{
				File: cm.Namespace + "/" + cm.Name, Check: rules.CheckPause, Path: "silences", Warning: true,
				Message: fmt.Sprintf("the silence of %s had passed when it was written, so it silences nothing", silenceWords(s)),
				Mend:    "write a later time, or remove it",
			})
		}
	}
	return out
}

// addEnded adds the silences that are over and still in the list: one fact each,
// known by its words, because its place in the list may change.
func (f *facts) addEnded(cm *corev1.ConfigMap, pause rules.Pause, late map[rules.Silence]bool, now time.Time) {
	for i, s := range pause.Silences {
		if s.Stands(now) || late[s] {
			continue
		}
		n := on(cm, fmt.Sprintf("data[silences][%d]", i), corev1.EventTypeNormal, reasonSilenceEnded)
		n.because = silenceWords(s)
		n.text = clip("The silence of "+n.because+" has ended: what fires there keeps pods off again.", maxNote)
		f.notes[subject{file: cm.Namespace + "/" + cm.Name + " " + n.because, reason: reasonSilenceEnded}] = n
	}
}

// silenceWords says of what, for how long, by whom and why.
func silenceWords(s rules.Silence) string {
	what, where, end := "every rule", "", "somebody ends it"
	if s.Rule != (rules.Key{}) {
		what = "rule " + s.Rule.String()
	}
	if s.Node != "" {
		where = " on node " + s.Node
	}
	if !s.Until.IsZero() {
		end = s.Until.Format(time.RFC3339)
	}
	return what + where + " until " + end + credits(s.By, s.Why)
}

// credits are what people wrote for people, on one line.
func credits(by, why string) string {
	var said []string
	for _, text := range []string{by, why} {
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			said = append(said, clip(text, 100))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, ": ") + ")"
}

// listSilences names the first few, with what there is to hint.
func listSilences(silences []rules.Silence, hint hinter) string {
	words := make([]string, len(silences))
	for i, s := range silences {
		words[i] = silenceWords(s) + hint(s)
	}
	return firstOf(words)
}
