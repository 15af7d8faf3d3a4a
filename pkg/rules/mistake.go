package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Mistake is one thing that is wrong, or odd, in a text of rules.
type Mistake struct {
	// File is a path, or namespace/name/key for a key of a ConfigMap.
	File string
	// Line and Column count from 1; both are 0 where there is no text to point at.
	Line, Column int
	// Check is what found it.
	Check Check
	// Path is the field, as in rules[0].when.above.
	Path string
	// Message says what is wrong, Mend how to put it right. Mend may be empty.
	Message, Mend string
	// Warning marks what is odd but in force.
	Warning bool
}

// String returns "file:line:column: message; mend".
func (m Mistake) String() string {
	text := m.Message
	if m.Mend != "" {
		text += "; " + m.Mend
	}
	if m.Warning {
		text = "warning: " + text
	}
	if m.Line == 0 {
		return m.File + ": " + text
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, text)
}

// reporter collects mistakes by field path and places them in the text.
type reporter struct {
	file     string
	at       *strictyaml.Positions
	check    Check
	mistakes []Mistake
}

func (r *reporter) add(m strictyaml.Mistake, warning bool) {
	r.mistakes = append(r.mistakes, Mistake{
		File: r.file, Line: m.Line, Column: m.Column, Check: r.check, Path: string(m.Path),
		Message: m.Message, Mend: m.Mend, Warning: warning,
	})
}

// value reports what is wrong with the value of a field. A field that could not
// be decoded has its mistake already.
func (r *reporter) value(path strictyaml.Path, mend, format string, args ...any) {
	r.report(r.at.Value(path), path, false, mend, format, args...)
}

// key reports that a field should not be there.
func (r *reporter) key(path strictyaml.Path, mend, format string, args ...any) {
	r.report(r.at.Key(path), path, false, mend, format, args...)
}

// warn reports what is odd about the value of a field.
func (r *reporter) warn(path strictyaml.Path, mend, format string, args ...any) {
	r.report(r.at.Value(path), path, true, mend, format, args...)
}

func (r *reporter) report(at strictyaml.Position, path strictyaml.Path, warning bool, mend, format string, args ...any) {
	if r.at.Broken(path) || len(r.mistakes) >= enough {
		return
	}
	r.add(strictyaml.Mistake{Position: at, Path: path, Message: fmt.Sprintf(format, args...), Mend: mend}, warning)
}

// problem reports the error of a reader of one value.
func (r *reporter) problem(path strictyaml.Path, err *strictyaml.Problem) {
	r.value(path, err.Mend, "%q: %s", path.Last(), err.Message)
}

// missing reports that a required field was not written, or is empty.
func (r *reporter) missing(path strictyaml.Path, name, mend string) {
	child := path.Child(name)
	switch {
	case r.at.Has(child):
		r.value(child, mend, "%q must not be empty", name)
	case path == "":
		r.value(child, mend, "the file needs %q", name)
	default:
		r.value(child, mend, "%s needs %q", path.Last(), name)
	}
}

// anyBroken reports whether one of the named fields could not be decoded.
func (r *reporter) anyBroken(path strictyaml.Path, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return r.at.Broken(path.Child(name)) })
}

// enough bounds what is gathered before the first in the text are picked from it:
// a hostile text must not cost much.
const enough = 10 * strictyaml.MaxMistakes

// inOrder sorts mistakes by place, errors before warnings of the same place, and
// cuts a list that nobody would read.
func inOrder(mistakes []Mistake) []Mistake {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), errorFirst(a, b))
	})
	if len(mistakes) <= strictyaml.MaxMistakes {
		return mistakes
	}
	last := &mistakes[strictyaml.MaxMistakes]
	last.Message, last.Mend, last.Path = strictyaml.NotListed, "", ""
	// What is cut off may be what keeps the text out of force.
	last.Warning = !slices.ContainsFunc(mistakes, func(m Mistake) bool { return !m.Warning })
	return mistakes[:strictyaml.MaxMistakes+1]
}

func errorFirst(a, b Mistake) int {
	switch {
	case a.Warning == b.Warning:
		return 0
	case a.Warning:
		return 1
	}
	return -1
}
