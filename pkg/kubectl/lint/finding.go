package lint

import (
	"cmp"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Severity says what follows from a finding.
type Severity string

// What is an error keeps something out of force; a warning is in force, and unwise.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that is wrong, or unwise, and where.
type Finding struct {
	// File is a path, "-" for standard input, or namespace/name/key for what was read
	// from a cluster or made by kustomize.
	File string `json:"file"`
	// Line and Column count from 1, columns in characters; both are 0 where there is no
	// text to point at.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Key is the namespace/name/key of a text in a ConfigMap.
	Key      string      `json:"key,omitempty"`
	Check    rules.Check `json:"check"`
	Severity Severity    `json:"severity"`
	Message  string      `json:"message"`
	Mend     string      `json:"mend,omitempty"`
	// Text is the line that Message speaks of, and Mark the column in it.
	Text string `json:"text,omitempty"`
	Mark int    `json:"mark,omitempty"`

	// nowhere says that File is no file that one could open.
	nowhere bool
}

// cutsOff reports whether a finding is none, but says that there are more.
func (f Finding) cutsOff() bool { return f.Message == strictyaml.NotListed }

func severity(m rules.Mistake) Severity {
	if m.Warning {
		return Warning
	}
	return Error
}

// inOrder sorts findings by place.
func inOrder(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return found
}

func count(found []Finding, severity Severity) (n int) {
	for _, f := range found {
		if f.Severity == severity {
			n++
		}
	}
	return n
}
