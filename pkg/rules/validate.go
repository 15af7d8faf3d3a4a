package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// validator checks a defaulted File and compiles it. The two go together, so that
// nothing is parsed twice and nothing unchecked leaves.
type validator struct {
	*reporter
	opts Options
	// metrics are all that a condition may name.
	metrics map[string]Metric
}

// metricNames lists the known metrics for people.
func (v *validator) metricNames() string {
	return strings.Join(slices.Sorted(maps.Keys(v.metrics)), ", ")
}

func (v *validator) document(f *File) *Document {
	v.header(f)
	d := &Document{File: v.file}
	d.Metrics = v.ownMetrics(f.Metrics)
	d.Rules = v.rules(f.Rules)
	v.sharedMarks(f.Rules)
	d.Preferences = v.preferences(f.Preferences)
	// Whatever else is wrong is the reason why there are none.
	if len(v.mistakes) == 0 && len(f.Metrics)+len(f.Rules)+len(f.Preferences) == 0 {
		defer v.judging(CheckEmpty)()
		v.warn("", "add some, or remove the file", "the file holds no rules")
	}
	return d
}

// notInNamespace reports what rules of one namespace may not say.
func (v *validator) notInNamespace(report func(path strictyaml.Path, mend, format string, args ...any), path strictyaml.Path, mend, format string, args ...any) {
	defer v.judging(CheckNamespaced)()
	report(path, mend, format, args...)
}

// header checks which format the text claims to have.
func (v *validator) header(f *File) {
	defer v.judging(CheckHeader)()
	if f.APIVersion == "" {
		v.missing("", "apiVersion", `write "apiVersion: `+APIVersion+`"`)
	} else if f.APIVersion != APIVersion {
		v.value("apiVersion", `write "`+APIVersion+`"`, "this version does not read %q", strictyaml.Show(f.APIVersion))
	}
	if f.Kind == "" {
		v.missing("", "kind", `write "kind: `+Kind+`"`)
	} else if f.Kind != Kind {
		v.value("kind", `write "`+Kind+`"`, "this is no file of rules but a %q", strictyaml.Show(f.Kind))
	}
}
