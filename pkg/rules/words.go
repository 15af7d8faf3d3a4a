package rules

import (
	"regexp"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// nameForm is that of a Kubernetes label value in lower case: names stand in
// annotations, Events and metric labels.
var nameForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// name checks the name of a metric, rule or preference and reports whether it is
// one. taken maps the names seen so far to their lines.
func (r *reporter) name(path strictyaml.Path, name string, taken map[string]int) bool {
	defer r.judging(CheckName)()
	child := path.Child("name")
	line, repeated := taken[name]
	switch {
	case name == "":
		r.missing(path, "name", "give it one")
	case !nameForm.MatchString(name):
		r.value(child, "use at most 63 lower-case letters, digits and hyphens, with no hyphen at either end", "%q is not a name", strictyaml.Show(name))
	case repeated:
		r.value(child, "rename one", "the name %q is taken by line %d", name, line)
	default:
		taken[name] = r.at.Value(child).Line
		return true
	}
	return false
}

// word checks that a field holds one of the known words.
func word[T ~string](r *reporter, path strictyaml.Path, got T, known ...T) {
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
		known := got == k && (!r.at.Has(path) || r.at.Text(path) != "") // "" was written where a default then came in.
		if known {
			return
		}
	}
	written := strictyaml.Show(r.at.Text(path))
	r.value(path, strictyaml.DidYouMean(written, words), "%q cannot be %q", path.Last(), written)
}

// requiredWord is word for a field without a default.
func requiredWord[T ~string](r *reporter, path strictyaml.Path, name string, got T, known ...T) {
	if got != "" {
		word(r, path.Child(name), got, known...)
		return
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	r.missing(path, name, "the known ones are "+strings.Join(words, ", "))
}
