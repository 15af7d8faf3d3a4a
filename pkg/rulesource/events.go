package rulesource

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Reasons of our Events, all on the ConfigMap that they speak of.
const (
	reasonRejected      = "RulesRejected"
	reasonWarning       = "RulesWarning"
	reasonConflict      = "RuleNameTaken"
	reasonMended        = "RulesMended"
	reasonPaused        = "RulesPaused"
	reasonResumed       = "RulesResumed"
	reasonPauseRejected = "PauseRejected"
	reasonPressed       = "PausePressed"
	reasonNotAllowed    = "RulesNotAllowed"
	reasonAllowed       = "RulesAllowed"
	reasonSilenceEnded  = "SilenceEnded"
	reasonInForce       = "RulesInForce"
)

// maxNote is what the events API accepts, in bytes.
const maxNote = 1024

// note is one Event to send and one line to log, and the standing fact behind
// them. The events API merges Events that differ in nothing but their text, and
// keeps the first text; so its object names the resourceVersion and the key that
// it speaks of.
type note struct {
	object corev1.ObjectReference
	kind   string // Normal or Warning
	reason string
	text   string

	// What the log says: key and rule are names, because has a mistake a line.
	// Empty ones are left out.
	key, rule, because string
	// effect says what follows, for Event and log.
	effect string
	// body is the text of rules that the note speaks of, where another one is news
	// though all words are the same.
	body string
}

// same reports whether two notes say the same about one life of a ConfigMap.
func (n note) same(other note) bool {
	n.object.ResourceVersion, other.object.ResourceVersion = "", ""
	return n == other
}

// subject says what a note is about; a subject has at most one standing note.
type subject struct {
	file   string
	reason string
	name   name
}

// notesOf returns everything that people must know about an outcome.
func notesOf(o outcome) map[subject]note {
	notes := map[subject]note{}
	for _, r := range o.results {
		switch {
		case broken(r.mistakes):
			notes[subject{file: r.text.String(), reason: reasonRejected}] = rejected(r)
		case len(r.mistakes) > 0:
			notes[subject{file: r.text.String(), reason: reasonWarning}] = warned(r)
		}
		if r.standing == inForce {
			notes[subject{file: r.text.String(), reason: reasonInForce}] = isInForce(r, o.conflicts)
		}
	}
	for _, c := range o.conflicts {
		notes[subject{file: c.loser.text.String(), reason: reasonConflict, name: c.loser.name()}] = nameTaken(c)
	}
	return notes
}

func rejected(r result) note {
	tail := "Nothing of this key is in force."
	if r.standing == lastGood {
		tail = "The last good text of this key stays in force."
	}
	return about(r.text, corev1.EventTypeWarning, reasonRejected).listing(r.mistakes, tail)
}

func warned(r result) note {
	return about(r.text, corev1.EventTypeWarning, reasonWarning).listing(r.mistakes, "The key is in force all the same.")
}

func nameTaken(c conflict) note {
	n := about(c.loser.text, corev1.EventTypeWarning, reasonConflict)
	n.rule = c.loser.key.Name
	n.text = fmt.Sprintf(
		"%s:%d:%d: %s %q is defined differently by the newer ConfigMap %s (key %s), whose definition is in force; give one of them another name, or remove one.",
		c.loser.text, c.loser.origin.Line, c.loser.origin.Column, c.loser.kind, c.loser.key.Name, c.winner.text.ConfigMap, c.winner.text.Key)
	n.because = n.text
	return n
}

func mended(t *text) note {
	n := about(t, corev1.EventTypeNormal, reasonMended)
	n.text = fmt.Sprintf("%s is mended and in force.", t)
	return n
}

// about begins a note on one key.
func about(t *text, kind, reason string) note {
	return note{
		object: reference(t.Namespace, t.ConfigMap, t.UID, t.version, "data["+t.Key+"]"),
		kind:   kind, reason: reason, key: t.Key,
	}
}

// on begins a note on a field of a ConfigMap.
func on(cm *corev1.ConfigMap, field, kind, reason string) note {
	return note{object: reference(cm.Namespace, cm.Name, cm.UID, cm.ResourceVersion, field), kind: kind, reason: reason}
}

// listing makes a note of mistakes and of what follows from them.
func (n note) listing(mistakes []rules.Mistake, effect string) note {
	n.text, n.because, n.effect = list(mistakes, effect), lines(mistakes), effect
	return n
}

// Of one note the log holds so many mistakes, and of each so many bytes.
const (
	mostLogged    = 100
	longestLogged = 1024
)

// lines writes all mistakes for the log, one a line and errors before warnings.
func lines(mistakes []rules.Mistake) string {
	var out []string
	for _, warning := range []bool{false, true} {
		for _, m := range mistakes {
			if m.Warning == warning {
				out = append(out, clip(strings.Join(strings.Fields(m.String()), " "), longestLogged))
			}
		}
	}
	if left := len(out) - mostLogged; left > 0 {
		out = append(out[:mostLogged], fmt.Sprintf("and %d more", left))
	}
	return strings.Join(out, "\n")
}

func reference(namespace, name string, uid types.UID, version, field string) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name,
		UID: uid, ResourceVersion: version, FieldPath: field,
	}
}

// list writes as many whole mistakes as an Event holds, one a line, and says
// how many it leaves out.
func list(mistakes []rules.Mistake, tail string) string {
	const room = maxNote - 40 // for the line that counts what is left out
	var b strings.Builder
	for i, m := range mistakes {
		line := m.String() + "\n"
		if b.Len()+len(line)+len(tail) > room {
			if i == 0 {
				b.WriteString(clip(line, room-len(tail)-1) + "\n")
				i++
			}
			if left := len(mistakes) - i; left > 0 {
				fmt.Fprintf(&b, "and %d more\n", left)
			}
			break
		}
		b.WriteString(line)
	}
	return b.String() + tail
}

// clip cuts s to n bytes at most and never within a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len("…")], "") + "…"
}
