package scenario

import (
	"fmt"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Mistake is what is wrong with a file of tests, or with a file of rules that it names.
type Mistake = rules.Mistake

// reader checks a file and gathers what is wrong with it.
type reader struct {
	file     string
	at       *strictyaml.Positions
	mistakes []Mistake
}

// wrong reports what is wrong with the value of a field, unless it could not be read at
// all.
func (r *reader) wrong(path strictyaml.Path, mend, format string, args ...any) {
	r.add(r.at.Value(path), path, mend, fmt.Sprintf(format, args...))
}

// wrongKey reports that a field should not be there.
func (r *reader) wrongKey(path strictyaml.Path, mend, format string, args ...any) {
	r.add(r.at.Key(path), path, mend, fmt.Sprintf(format, args...))
}

func (r *reader) add(at strictyaml.Position, path strictyaml.Path, mend, message string) {
	if !r.at.Broken(path) && len(r.mistakes) < strictyaml.MaxMistakes {
		r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: at.Line, Column: at.Column, Path: string(path), Message: message, Mend: mend})
	}
}

// missing reports that a required field was not written, or is empty.
func (r *reader) missing(path strictyaml.Path, field, mend string) {
	switch child := path.Child(field); {
	case r.at.Has(child):
		r.wrong(child, mend, "%q must not be empty", field)
	case path == "":
		r.wrong(child, mend, "the file needs %q", field)
	default:
		r.wrong(child, mend, "%s needs %q", path.Last(), field)
	}
}

// known reports a name that nothing has.
func (r *reader) known(path strictyaml.Path, what, name string, names []string) bool {
	if slices.Contains(names, name) {
		return true
	}
	mend := ""
	if len(names) > 0 {
		mend = strictyaml.DidYouMean(name, names)
	}
	r.wrong(path, mend, "there is no %s %q", what, strictyaml.Show(name))
	return false
}

// decode reads the text. It returns nil where there is nothing to check further.
func (r *reader) decode(data []byte) *spec {
	tree, mistakes := strictyaml.Parse(data)
	if tree == nil && len(mistakes) == 0 {
		mistakes = []strictyaml.Mistake{{
			Position: strictyaml.Position{Line: 1, Column: 1}, Message: "the file is empty",
			Mend: `begin it with "apiVersion: ` + rules.APIVersion + `" and "kind: ` + rules.TestsKind + `"`,
		}}
	}
	var out spec
	if tree != nil {
		r.at, mistakes = strictyaml.Decode(tree, "", &out)
	}
	for _, m := range mistakes {
		r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: m.Line, Column: m.Column, Path: string(m.Path), Message: m.Message, Mend: m.Mend})
	}
	if tree == nil || r.at.Broken("") {
		return nil
	}
	r.header(&out)
	return &out
}

func (r *reader) header(s *spec) {
	switch {
	case s.APIVersion == "":
		r.missing("", "apiVersion", `write "apiVersion: `+rules.APIVersion+`"`)
	case s.APIVersion != rules.APIVersion:
		r.wrong("apiVersion", `write "`+rules.APIVersion+`"`, "this version does not read %q", strictyaml.Show(s.APIVersion))
	}
	switch {
	case s.Kind == "":
		r.missing("", "kind", `write "kind: `+rules.TestsKind+`"`)
	case s.Kind != rules.TestsKind:
		r.wrong("kind", `write "`+rules.TestsKind+`"`, "this is no file of tests but a %q", strictyaml.Show(s.Kind))
	}
}
