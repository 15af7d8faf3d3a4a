package scenario

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// file is a file of tests that was checked.
type file struct {
	name string
	// at knows where everything stands, for those who report a difference.
	at         *strictyaml.Positions
	rules      *rules.RuleSet
	interval   time.Duration
	matchers   []string
	namespaces []*corev1.Namespace
	nodes      []node
	queried    []querySeries
	plain      map[plainKey][]point
	// stated are the values of plain as they were written.
	stated  map[plainKey][]point
	outages []outage
	pods    []pod
	button  button
	budgets []*policyv1.PodDisruptionBudget
	// eviction is what the operator says of moving pods, and protected has the namespaces of
	// which none is moved.
	eviction  args.Eviction
	protected map[string]bool
	cases     []testCase
}

// node is a node of the scenario, and when it joins.
type node struct {
	*corev1.Node
	joins time.Duration
}

// testCase is what is expected at one time.
type testCase struct {
	path   strictyaml.Path
	name   string
	at     time.Duration
	expect []expectation
}

const (
	defaultInterval = 15 * time.Second
	// longest bounds the time of a scenario, and with it the work that one costs.
	longest = 24 * time.Hour
	// mostPods bounds the pods of a scenario.
	mostPods = 10_000
)

// parse checks a whole file, and the rules that it names.
func parse(name string, data []byte, o Options) (*file, []Mistake) {
	r := &reader{file: name}
	written := r.decode(data)
	if written == nil {
		return nil, r.mistakes
	}
	f := &file{name: name, at: r.at, interval: defaultInterval, matchers: written.Matchers, plain: map[plainKey][]point{}, stated: map[plainKey][]point{}}
	if written.Interval != nil {
		f.interval = time.Duration(*written.Interval)
	}
	if f.interval < time.Second {
		r.wrong("interval", "", "interval must be at least 1s")
		return nil, r.mistakes
	}
	if r.rulesOf(f, written, data, o) { // otherwise what names them would only repeat it
		r.rest(f, written)
	}
	if broken(r.mistakes) {
		return nil, r.mistakes
	}
	return f, r.mistakes
}

// rulesOf reads the rules, and reports whether they can be.
func (r *reader) rulesOf(f *file, written *spec, data []byte, o Options) bool {
	before := len(r.mistakes)
	f.rules = r.ruleSet(written, data, f.interval, o)
	return !broken(r.mistakes[before:])
}

// rest reads what refers to rules, and puts all mistakes in the order of the text: there
// are none in other files.
func (r *reader) rest(f *file, written *spec) {
	r.namespaces(f, written.Namespaces)
	r.nodes(f, written.Nodes)
	r.series(f, written.Series)
	r.outages(f, written.Outages)
	r.pods(f, written.Pods)
	r.budgets(f, written.DisruptionBudgets)
	r.button(f, written.Pause, written.Silences)
	r.eviction(f, written)
	r.cases(f, written.Cases)
	slices.SortStableFunc(r.mistakes, func(a, b Mistake) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
}

// broken reports whether a file with such mistakes cannot be run.
func broken(mistakes []Mistake) bool {
	return slices.ContainsFunc(mistakes, func(m Mistake) bool { return !m.Warning })
}

func (f *file) nodeNames() []string {
	out := make([]string, len(f.nodes))
	for i, n := range f.nodes {
		out[i] = n.Name
	}
	return out
}

func (f *file) ruleNames() []string {
	out := make([]string, len(f.rules.Rules))
	for i := range f.rules.Rules {
		out[i] = f.rules.Rules[i].Key().String()
	}
	return out
}

// node returns a node by its name; nil where there is none.
func (f *file) node(name string) *corev1.Node {
	for _, n := range f.nodes {
		if n.Name == name {
			return n.Node
		}
	}
	return nil
}

// within reports a time beyond the longest.
func (r *reader) within(path strictyaml.Path, d *strictyaml.Duration) time.Duration {
	if d == nil {
		return 0
	}
	if time.Duration(*d) > longest {
		r.wrong(path, "", "a scenario lasts %s at most", strictyaml.Duration(longest))
	}
	return time.Duration(*d)
}
