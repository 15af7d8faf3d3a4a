package args

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// leastInterval is the least minInterval: what reads a cluster more often harms it.
const leastInterval = strictyaml.Duration(time.Second)

type validator struct {
	at       *strictyaml.Positions
	root     strictyaml.Path
	opts     Options
	mistakes []strictyaml.Mistake
}

// wrong reports what is wrong with the value of a field, unless decoding has.
func (v *validator) wrong(path strictyaml.Path, mend, format string, args ...any) {
	if v.at.Broken(path) {
		return
	}
	v.mistakes = append(v.mistakes, strictyaml.Mistake{
		Position: v.at.Value(path), Path: path, Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}

func (v *validator) args(s *spec) {
	v.label(v.root.Child("rulesLabel"), *s.RulesLabel)
	v.name(v.root.Child("pauseConfigMap"), *s.PauseConfigMap, validation.IsDNS1123Subdomain)
	if *s.MinInterval < leastInterval {
		v.wrong(v.root.Child("minInterval"), "", "minInterval must be at least %s", leastInterval)
	}
	v.sources(v.root.Child("sources"), s.Sources, *s.MinInterval)
	v.builtin(v.root.Child("builtin"), *s.Builtin, s.Sources)
	v.idle(v.root.Child("sources"), *s.Builtin, s.Sources)
}

func (v *validator) label(path strictyaml.Path, value string) {
	if value == "" {
		v.wrong(path, `write "true", or the value of this release`, "rulesLabel must not be empty")
		return
	}
	v.name(path, value, validation.IsValidLabelValue)
}

// name checks a name with one of apimachinery's rules.
func (v *validator) name(path strictyaml.Path, value string, check func(string) []string) {
	for _, complaint := range check(value) {
		v.wrong(path, "", "%q is not valid: %s", strictyaml.Show(value), complaint)
	}
}

func (v *validator) sources(path strictyaml.Path, sources []sourceSpec, least strictyaml.Duration) {
	if len(sources) == 0 {
		v.wrong(path, "name one, or remove the field", "sources must not be empty")
	}
	for i, s := range sources {
		v.sourceName(path.Index(i), s.Name, sources[:i])
		v.sourceType(path.Index(i), s.Type)
		v.sourceTLS(path.Index(i), s)
		if *s.Interval < least {
			v.wrong(path.Index(i).Child("interval"), "", "interval must be at least minInterval, which is %s", least)
		}
	}
}

func (v *validator) sourceName(path strictyaml.Path, name string, before []sourceSpec) {
	switch {
	case name == "":
		v.missing(path, "name")
	case slices.ContainsFunc(before, func(s sourceSpec) bool { return s.Name == name }):
		v.wrong(path.Child("name"), "give it another name", "there is another source named %q", strictyaml.Show(name))
	default:
		v.name(path.Child("name"), name, validation.IsDNS1123Label)
	}
}

func (v *validator) sourceType(path strictyaml.Path, kind string) {
	switch {
	case kind == "":
		v.missing(path, "type")
	case slices.Contains(v.opts.SourceTypes, kind):
	case slices.Contains(typesNotInThisVersion, kind):
		v.wrong(path.Child("type"), "use one of "+strings.Join(v.opts.SourceTypes, ", "), "sources of type %s are not in this version", kind)
	default:
		v.wrong(path.Child("type"), strictyaml.DidYouMean(kind, v.opts.SourceTypes), "there is no type of source called %q", strictyaml.Show(kind))
	}
}

// sourceTLS checks how kubelets are known.
func (v *validator) sourceTLS(path strictyaml.Path, s sourceSpec) {
	for _, field := range []string{"caFile", "insecureSkipTLSVerify"} {
		if v.at.Has(path.Child(field)) && s.Type != string(Kubelet) {
			v.wrong(path.Child(field), "remove it", "%s is for sources of type %s", field, Kubelet)
		}
	}
	if s.CAFile != "" && s.InsecureSkipTLSVerify {
		v.wrong(path.Child("insecureSkipTLSVerify"), "remove one of them", "insecureSkipTLSVerify leaves caFile without effect")
	}
}

func (v *validator) missing(path strictyaml.Path, field string) {
	v.wrong(path.Child(field), "", "%s needs %q", path.Last(), field)
}

func (v *validator) builtin(path strictyaml.Path, name string, sources []sourceSpec) {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name)
	}
	if len(names) > 0 && !slices.Contains(names, name) {
		v.wrong(path, strictyaml.DidYouMean(name, names), "builtin names the source %q, and there is none", strictyaml.Show(name))
	}
}

// idle refuses sources that would not be read: nothing but the built-in metrics
// is fed yet.
func (v *validator) idle(path strictyaml.Path, builtin string, sources []sourceSpec) {
	feeds := func(s sourceSpec) bool { return s.Name == builtin }
	if !slices.ContainsFunc(sources, feeds) {
		return // that is the mistake
	}
	for i, s := range sources {
		if !feeds(s) && s.Name != "" {
			v.wrong(path.Index(i).Child("name"), "remove it, or name it in builtin", "source %q would feed nothing in this version", strictyaml.Show(s.Name))
		}
	}
}
