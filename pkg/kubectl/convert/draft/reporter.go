package draft

import (
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Reporter gathers what a converter has to say about one policy.
type Reporter struct {
	// File names the policy, and At knows where its fields stand.
	File    string
	At      *strictyaml.Positions
	Remarks []Remark
}

// Failed reports whether something was wrong.
func (r *Reporter) Failed() bool { return AnyError(r.Remarks) }

// Remark says something about a place.
func (r *Reporter) Remark(severity Severity, at strictyaml.Position, mend, format string, args ...any) {
	r.Remarks = append(r.Remarks, Remark{File: r.File, Position: at, Severity: severity, Message: fmt.Sprintf(format, args...), Mend: mend})
}

// Mistakes says what is wrong with the text of the policy.
func (r *Reporter) Mistakes(list []strictyaml.Mistake) {
	for _, m := range list {
		r.Remark(Error, m.Position, m.Mend, "%s", m.Message)
	}
}

// Wrong says what is wrong with the value of a field. One that could not be read has its
// mistake already.
func (r *Reporter) Wrong(path strictyaml.Path, mend, format string, args ...any) {
	if !r.At.Broken(path) {
		r.Remark(Error, r.At.Value(path), mend, format, args...)
	}
}

// Notes are the comments of one item.
type Notes []string

// Note says something about a place, and in the comments of an item.
func (r *Reporter) Note(to *Notes, severity Severity, at strictyaml.Position, mend, format string, args ...any) {
	r.Remark(severity, at, mend, format, args...)
	text := fmt.Sprintf(format, args...)
	if mend != "" {
		text += "; " + mend
	}
	*to = append(*to, Sentence(text))
}
