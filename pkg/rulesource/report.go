package rulesource

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Report says how the texts of rules, and the stop button, were read. It is immutable.
type Report struct {
	// Keys are all keys that hold rules, of namespaces that may have them too, ordered
	// by Unit.
	Keys []KeyReport
	// Unread are keys that look like rules and are not read, in no ConfigMap of ours or
	// under another ending, and the ConfigMaps of namespaces that may have no rules.
	Unread []rules.Mistake
	// Conflicts are definitions that are set aside.
	Conflicts []ConflictReport
	// PauseMistakes are those of the pause ConfigMap, and of annotations that pause nothing.
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

// reportOf makes the Report of what there is in our own namespace and in others.
func (s *Source) reportOf(o outcome, ours, astray []*corev1.ConfigMap, e *elsewhere, pause []rules.Mistake) Report {
	out := Report{PauseMistakes: pause}
	out.add(o, ours, astray, s.opts.LabelValue)
	out.add(e.outcome, e.ours, e.astray, s.opts.LabelValue)
	if e.blind { // nobody knows what stands in the ConfigMaps
		for i := range out.Keys {
			if out.Keys[i].Namespace != s.opts.Namespace {
				out.Keys[i].InForce = TextLastGood
			}
		}
	}
	for _, cm := range e.refused {
		out.Unread = append(out.Unread, notAllowedMistake(cm, s.tenants.Selector))
	}
	slices.SortFunc(out.Keys, func(a, b KeyReport) int { return compareUnits(a.Unit, b.Unit) })
	return out
}

// add brings an outcome in, with the ConfigMaps around it.
func (r *Report) add(o outcome, ours, astray []*corev1.ConfigMap, value string) {
	words := [...]TextInForce{inForce: TextCurrent, lastGood: TextLastGood, nothing: TextNone}
	for _, one := range o.results {
		r.Keys = append(r.Keys, KeyReport{Unit: one.text.Unit, InForce: words[one.standing], Mistakes: one.mistakes})
	}
	for _, cm := range ours {
		for _, key := range unread(cm) {
			r.Unread = append(r.Unread, unreadMistake(cm, key))
		}
	}
	for _, cm := range astray {
		r.Unread = append(r.Unread, labelMistake(cm, value))
	}
	for _, c := range o.conflicts {
		r.Conflicts = append(r.Conflicts, ConflictReport{string(c.loser.kind), c.loser.key, c.loser.origin, c.winner.origin})
	}
}
