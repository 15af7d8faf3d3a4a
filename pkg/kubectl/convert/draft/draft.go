// Package draft writes what a converter makes of the policies of other programs: texts
// of rules, with notes as comments, in which only stands in force what this version
// carries out.
package draft

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Severity says what follows from a Remark.
type Severity string

// An error means that nothing is written. A warning is about a policy that says
// something else than its author most likely meant, a note about what changes.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Remark is what a converter has to say about one place in a policy.
type Remark struct {
	File string
	strictyaml.Position
	Severity Severity
	// Message says what is so, Mend what can be done about it. Mend may be empty.
	Message, Mend string
}

// String returns "file:line:column: severity: message; mend".
func (r Remark) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s: %s", r.File, r.Line, r.Column, r.Severity, r.Message)
	if r.Mend != "" {
		text += "; " + r.Mend
	}
	return text
}

// Text becomes one text of rules.
type Text struct {
	// Name is that of its ConfigMap, and Key that of the text in it.
	Name, Key string
	// Title says where the text comes from, and Notes are the comments below it.
	Title string
	Notes Notes
	// File names the policy in remarks.
	File        string
	Metrics     []Item[rules.MetricSpec]
	Rules       []Item[rules.RuleSpec]
	Preferences []Item[rules.PreferenceSpec]
}

// Item is one metric, rule or preference in its final form.
type Item[T any] struct {
	Spec T
	// At is where the policy says it.
	At strictyaml.Position
	// Notes stand above it as comments.
	Notes []string
	// Later says why this version does not carry it out; empty where it does. Such an
	// item is written as a comment.
	Later string
}

// Count is how many rules and preferences of texts are in force, and how many rules are
// comments until a later version.
type Count struct{ Rules, Preferences, Later int }

// Add counts a text too.
func (c *Count) Add(t *Text) {
	for _, r := range t.Rules {
		if r.Later == "" {
			c.Rules++
		} else {
			c.Later++
		}
	}
	c.Preferences += len(t.Preferences)
}

// inForce reports whether anything of the text is.
func (t *Text) inForce() bool {
	var c Count
	c.Add(t)
	return c.Rules+c.Preferences > 0
}

// String says it in a sentence.
func (c Count) String() string {
	out := fmt.Sprintf("Once this is applied, %s and %s are in force for pods that name the scheduler.", plural(c.Rules, "rule"), plural(c.Preferences, "preference"))
	if c.Later > 0 {
		out += fmt.Sprintf(" Not in this version, and comments: %s.", plural(c.Later, "rule"))
	}
	return out
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Sorted returns remarks in the order of the files and their lines, each once.
func Sorted(remarks []Remark) []Remark {
	out := slices.Clone(remarks)
	slices.SortStableFunc(out, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(out)
}
