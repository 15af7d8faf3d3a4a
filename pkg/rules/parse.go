package rules

import (
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Options say what a text of rules may refer to.
type Options struct {
	// Namespace is the namespace whose pods alone the rules govern; empty for
	// rules of the whole cluster.
	Namespace string
	// Metrics are those that rules may name beside the text's own: the built-in
	// ones, see Builtins, and those that other texts define.
	Metrics map[string]Metric
	// Sources are the operator's, by name, and what they read; nil where nobody
	// knows, so that the names of sources are not checked.
	Sources map[string]SourceKind
	// Queries checks PromQL; nil where queries are not to be checked.
	Queries QueryChecker
	// MarkPrefixes are the prefixes that keys of marks may have beside the
	// built-in three; each ends with a slash.
	MarkPrefixes []string
	// AnyPrefix says that nobody knows MarkPrefixes: a key with a prefix that an operator
	// could allow is warned of.
	AnyPrefix bool
	// Unmarked says that nothing marks nodes, so that labels and taints are warned of.
	Unmarked bool
	// Loosens says what of moving pods is looser than what the operator says, and is
	// warned of; nil where nobody knows what that is.
	Loosens func(*Evict) []Loose
}

// Document is the validated content of one text: one key of a ConfigMap.
type Document struct {
	File        string
	Metrics     []Metric
	Rules       []Rule
	Preferences []Preference
}

// Parse reads one text of rules. It loads whole or not at all: with a mistake
// that is not a warning the Document is nil. Mistakes come in the order of the
// text, all of them at once. file names the text in their positions.
func Parse(file string, data []byte, opts Options) (*Document, []Mistake) {
	r := &reporter{file: file}
	content, ok := r.decode(data)
	if !ok {
		return nil, inOrder(r.mistakes)
	}
	setDefaults(content)
	v := newValidator(r, opts)
	document := v.document(content)
	mistakes := inOrder(r.mistakes)
	if slices.ContainsFunc(mistakes, func(m Mistake) bool { return !m.Warning }) {
		return nil, mistakes
	}
	return document, mistakes
}

// MetricsOf returns the metrics that a text defines, whatever else is wrong with
// it; none where one of them has a mistake. Texts may name each other's metrics, so
// that these are needed before any text can be judged.
func MetricsOf(file string, data []byte, opts Options) []Metric {
	r := &reporter{file: file}
	content, ok := r.decode(data)
	if !ok || len(content.Metrics) == 0 || r.at.Broken("metrics") {
		return nil
	}
	setDefaults(content)
	before := len(r.mistakes)
	metrics := newValidator(r, opts).ownMetrics(content.Metrics)
	if slices.ContainsFunc(r.mistakes[before:], func(m Mistake) bool { return !m.Warning }) {
		return nil
	}
	return metrics
}

// decode turns text into a File. It fails only where there is nothing to judge
// further,
// or enough wrong already.
func (r *reporter) decode(data []byte) (*File, bool) {
	defer r.judging(CheckYAML)()
	tree, mistakes := strictyaml.Parse(data)
	if tree == nil && len(mistakes) == 0 {
		mistakes = []strictyaml.Mistake{{
			Position: strictyaml.Position{Line: 1, Column: 1},
			Message:  "the file is empty",
			Mend:     "begin it with \"apiVersion: " + APIVersion + "\" and \"kind: " + Kind + "\"",
		}}
	}
	content := new(File)
	if tree != nil {
		r.check = CheckField
		r.at, mistakes = strictyaml.Decode(tree, "", content)
	}
	for _, m := range mistakes {
		r.add(m, false)
	}
	return content, tree != nil && !r.at.Broken("") && len(mistakes) <= strictyaml.MaxMistakes
}

func newValidator(r *reporter, opts Options) *validator {
	metrics := map[string]Metric{}
	maps.Copy(metrics, opts.Metrics)
	return &validator{reporter: r, opts: opts, metrics: metrics}
}
