package args

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// leastInterval is the least minInterval: what reads a cluster more often harms it.
const leastInterval = strictyaml.Duration(time.Second)

type validator struct {
	at       *strictyaml.Positions
	root     strictyaml.Path
	opts     Options
	mistakes []strictyaml.Mistake
	// namespaces is the compiled selector; nil where none was written.
	namespaces labels.Selector
	eviction   Eviction
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

// wrongKey reports that a field should not be there.
func (v *validator) wrongKey(path strictyaml.Path, mend, format string, args ...any) {
	v.mistakes = append(v.mistakes, strictyaml.Mistake{
		Position: v.at.Key(path), Path: path, Message: fmt.Sprintf(format, args...), Mend: mend,
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
	v.selectNamespaces(v.root.Child("namespaces"), s.Namespaces)
	v.limits(v.root.Child("namespaceLimits"), s.NamespaceLimits.each())
	v.limits(v.root.Child("namespaceLimits").Child("together"), s.NamespaceLimits.Together)
	for i, prefix := range s.MarkPrefixes {
		v.markPrefix(v.root.Child("markPrefixes").Index(i), prefix)
	}
	v.api(v.root.Child("api"), &s.API)
	v.eviction = v.evict(v.root.Child("eviction"), s.Eviction)
	v.tracing(v.root.Child("tracing"), s.Tracing)
}

// markPrefix refuses what would let rules write over what Kubernetes says about a node.
func (v *validator) markPrefix(path strictyaml.Path, prefix string) {
	domain, isPrefix := strings.CutSuffix(prefix, "/")
	switch {
	case !isPrefix || len(validation.IsDNS1123Subdomain(domain)) > 0:
		v.wrong(path, "write it like example.com/", "%q cannot be the prefix of a mark", strictyaml.Show(prefix))
	case rules.OfKubernetes(domain):
		v.wrong(path, "take a domain of your own", "%q belongs to Kubernetes, which goes by what stands there", strictyaml.Show(prefix))
	}
}

func (v *validator) api(path strictyaml.Path, s *apiSpec) {
	if *s.Port < 0 || *s.Port > 65535 {
		v.wrong(path.Child("port"), "write one from 1 to 65535, or 0 for no API", "%d is no port", *s.Port)
	}
	if s.BindAddress != "" && net.ParseIP(s.BindAddress) == nil {
		v.wrong(path.Child("bindAddress"), "write one like 127.0.0.1 or ::", "%q is no IP address", strictyaml.Show(s.BindAddress))
	}
}

// selectNamespaces compiles which namespaces may have rules.
func (v *validator) selectNamespaces(path strictyaml.Path, written *rules.SelectorSpec) {
	if written == nil || v.at.Broken(path) {
		return
	}
	selector, mistakes := rules.CompileSelector(v.at, path, written)
	v.namespaces, v.mistakes = selector, append(v.mistakes, mistakes...)
}

func (v *validator) limits(path strictyaml.Path, s *countsSpec) {
	v.limit(path.Child("rules"), *s.Rules)
	v.limit(path.Child("preferences"), *s.Preferences)
	v.limit(path.Child("terms"), *s.Terms)
}

func (v *validator) limit(path strictyaml.Path, count int32) {
	if count < 0 {
		v.wrong(path, "write 0 to allow none", "%s must not be negative", path.Last())
	}
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

// idle refuses sources that would never be read: those that serve built-in metrics
// and nothing else, and do not serve them.
func (v *validator) idle(path strictyaml.Path, builtin string, sources []sourceSpec) {
	feeds := func(s sourceSpec) bool { return s.Name == builtin }
	if !slices.ContainsFunc(sources, feeds) {
		return // that is the mistake
	}
	for i, s := range sources {
		only := s.Type == string(MetricsAPI) || s.Type == string(Kubelet)
		if only && !feeds(s) && s.Name != "" {
			v.wrong(path.Index(i).Child("name"), "remove it, or name it in builtin", "source %q would feed nothing: it serves built-in metrics alone", strictyaml.Show(s.Name))
		}
		if s.Type == string(CustomMetrics) && feeds(s) {
			v.wrong(v.root.Child("builtin"), "name a source of another type", "source %q cannot feed the built-in metrics: custom metrics are what rules define", strictyaml.Show(s.Name))
		}
	}
}
