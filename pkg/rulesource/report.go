package rulesource

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Report says how the texts of rules, and the stop button, were read. It is immutable.
type Report struct {
	// Keys are all keys that hold rules, ordered by Unit.
	Keys []KeyReport
	// Unread are keys that look like rules and are not read, in no ConfigMap of ours or
	// under another ending.
	Unread []rules.Mistake
	// Conflicts are definitions that are set aside.
	Conflicts []ConflictReport
	// PauseMistakes are those of the pause ConfigMap.
	PauseMistakes []rules.Mistake
}

// KeyReport says how one key was read.
type KeyReport struct {
	Unit
	InForce TextInForce
	// Mistakes of the text that stands in the ConfigMap, warnings included.
	Mistakes []rules.Mistake
}

// TextInForce says which text of a key is in force.
type TextInForce string

// The words are those of the metric telemetry_scheduler_rule_keys.
const (
	TextCurrent  TextInForce = "current"
	TextLastGood TextInForce = "last-good"
	TextNone     TextInForce = "none"
)

// ConflictReport is a definition that is set aside for another one of its name.
type ConflictReport struct {
	// Kind is metric, rule or preference.
	Kind string
	Name rules.Key
	// Loser is where the definition stands that is set aside, Winner where the one in
	// force does.
	Loser, Winner rules.Origin
}

// Report returns how everything was read the last time; an empty one before the first.
func (s *Source) Report() *Report { return &s.state.Load().report }

// reportOf makes the Report of an outcome and of the ConfigMaps around it.
func reportOf(o outcome, ours, astray []*corev1.ConfigMap, value string, pause []rules.Mistake) Report {
	out := Report{PauseMistakes: pause}
	words := [...]TextInForce{inForce: TextCurrent, lastGood: TextLastGood, nothing: TextNone}
	for _, r := range o.results {
		out.Keys = append(out.Keys, KeyReport{Unit: r.text.Unit, InForce: words[r.standing], Mistakes: r.mistakes})
	}
	for _, cm := range ours {
		for _, key := range unread(cm) {
			out.Unread = append(out.Unread, unreadMistake(cm, key))
		}
	}
	for _, cm := range astray {
		out.Unread = append(out.Unread, labelMistake(cm, value))
	}
	for _, c := range o.conflicts {
		out.Conflicts = append(out.Conflicts, ConflictReport{string(c.loser.kind), c.loser.key, c.loser.origin, c.winner.origin})
	}
	return out
}
