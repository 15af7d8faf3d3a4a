// Package args holds the arguments of the plugin Telemetry: what the operator
// says in a scheduler configuration, as opposed to what authors of rules say.
//
// Reading has three steps: decoding, which is strict; defaulting; validation.
// The text may be YAML with positions (the file of --config) or the JSON that
// kube-scheduler hands to a plugin.
package args

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// PluginName is the name of the plugin whose arguments these are.
const PluginName = "Telemetry"

// Args configure the process, so they must agree in all profiles.
type Args struct {
	// RulesLabel is the value of the label telemetry-scheduler.io/rules on the
	// ConfigMaps that this scheduler reads.
	RulesLabel string
	// PauseConfigMap names the ConfigMap of the stop button.
	PauseConfigMap string
	// Builtin names the source that feeds the built-in metrics.
	Builtin string
	Sources []Source
	// NewNodeGrace is how long a young node without a sample is judged by the
	// requests of its pods.
	NewNodeGrace time.Duration
	// StartTimeout bounds how long the first pod waits for the first Board.
	StartTimeout time.Duration
	// MinInterval is the least time between two readings of a source.
	MinInterval time.Duration
	// PodExemptions lets pods ignore rules by annotation.
	PodExemptions bool
	// Marks says that something marks nodes: rules with label or taint are warned of where
	// nothing does.
	Marks bool
	// MarkPrefixes are the prefixes that keys of marks may have beside the built-in ones;
	// each ends with a slash.
	MarkPrefixes []string
	// Namespaces selects the namespaces that may have rules of their own, by their
	// labels; nil where none may.
	Namespaces labels.Selector
	// NamespaceLimits bound what each of them may have.
	NamespaceLimits NamespaceLimits
	API             API
	Eviction        Eviction
	// Tracing says where traces go; nil where there are none.
	Tracing *Tracing
}

// API says where the read-only API is served.
type API struct {
	// BindAddress is an IP address; that of kube-scheduler's secure port where it is
	// empty.
	BindAddress string
	// Port is 0 where there is to be no API.
	Port int
}

// NamespaceLimits are how much one namespace may have, and how much all of them
// together.
type NamespaceLimits struct{ Each, Together Counts }

// Counts are numbers of what namespaces have. Terms are the comparisons of conditions
// and the values of selectors.
type Counts struct{ Rules, Preferences, Terms int }

// BuiltinSource returns the source that feeds the built-in metrics. Validation
// makes sure that there is one.
func (a *Args) BuiltinSource() Source {
	i := slices.IndexFunc(a.Sources, func(s Source) bool { return s.Name == a.Builtin })
	return a.Sources[i]
}

// Difference names the first field in which two Args differ; "" where they agree.
func Difference(a, b *Args) string {
	return cmp.Or(
		unless(a.RulesLabel == b.RulesLabel, "rulesLabel"),
		unless(a.PauseConfigMap == b.PauseConfigMap, "pauseConfigMap"),
		unless(a.Builtin == b.Builtin, "builtin"),
		unless(reflect.DeepEqual(a.Sources, b.Sources), "sources"),
		unless(a.NewNodeGrace == b.NewNodeGrace, "newNodeGrace"),
		unless(a.StartTimeout == b.StartTimeout, "startTimeout"),
		unless(a.MinInterval == b.MinInterval, "minInterval"),
		unless(a.PodExemptions == b.PodExemptions, "podExemptions"),
		unless(a.Marks == b.Marks, "marks"),
		unless(slices.Equal(a.MarkPrefixes, b.MarkPrefixes), "markPrefixes"),
		unless(sameSelector(a.Namespaces, b.Namespaces), "namespaces"),
		unless(a.NamespaceLimits == b.NamespaceLimits, "namespaceLimits"),
		unless(a.API == b.API, "api"),
		unless(reflect.DeepEqual(a.Eviction, b.Eviction), "eviction"),
		unless(reflect.DeepEqual(a.Tracing, b.Tracing), "tracing"),
	)
}

func sameSelector(a, b labels.Selector) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.String() == b.String()
}

func unless(same bool, field string) string {
	if same {
		return ""
	}
	return field
}
