package rulesource

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// CheckOptions say how a Source would read ConfigMaps.
type CheckOptions struct {
	// Namespace, LabelValue, PauseName and Rules are those of Options.
	Namespace, LabelValue, PauseName string
	Rules                            rules.Options
	// May reports whether another namespace may have rules; nil where none may. Selector
	// is what the operator says of them, and is shown.
	May      func(namespace string) bool
	Selector labels.Selector
	Limits   Limits
	// Seed holds the last good texts, as for Options; none of what is in no cluster yet.
	Seed []GoodText
	// Now is when the stop button is read.
	Now time.Time
}

// Check says how a Source would read ConfigMaps of the scheduler's namespace and of
// others that it finds when it starts, and what they put in force.
// It is pure. Of ConfigMaps that are not in a cluster yet the time of creation decides
// no conflict: the greater name counts as the newer one.
func Check(found []*corev1.ConfigMap, opts CheckOptions) (Report, *rules.RuleSet) {
	s := &Source{
		opts: Options{Namespace: opts.Namespace, LabelValue: opts.LabelValue, PauseName: opts.PauseName, Rules: opts.Rules},
		read: rules.Parse, parsed: map[string]map[string]*parsing{},
	}
	s.opts.setDefaults()
	own, others := apartFrom(found, opts.Namespace)
	ours, astray := divide(seen(own), s.opts.LabelValue)
	good := map[Unit]GoodText{}
	for _, g := range opts.Seed {
		good[g.Unit] = g
	}
	o := resolve(textsOf(ours), good, s.parser())
	e := s.checkElsewhere(seen(others), opts, good, o.known)
	pause, slips := s.checkPause(own, opts.Now)
	report := s.reportOf(o, ours, astray, &e, slips)
	o.add(e.outcome)
	return report, rules.Merge(opts.Rules.Metrics, []*rules.Document{&o.document}, pause)
}

// apartFrom divides ConfigMaps by whether they stand in a namespace.
func apartFrom(found []*corev1.ConfigMap, namespace string) (own, others []*corev1.ConfigMap) {
	for _, cm := range found {
		if cm.Namespace == namespace {
			own = append(own, cm)
		} else {
			others = append(others, cm)
		}
	}
	return own, others
}

// seen are the ConfigMaps that an informer of rules sees.
func seen(found []*corev1.ConfigMap) []*corev1.ConfigMap {
	return slices.DeleteFunc(slices.Clone(found), func(cm *corev1.ConfigMap) bool {
		_, has := cm.Labels[rules.LabelRules]
		return !has
	})
}

// checkElsewhere resolves the rules of other namespaces; see Source.elsewhere.
func (s *Source) checkElsewhere(found []*corev1.ConfigMap, opts CheckOptions, good map[Unit]GoodText, known map[string]rules.Metric) elsewhere {
	if opts.May == nil {
		return elsewhere{}
	}
	s.tenants = &tenants{Tenants: &Tenants{Selector: opts.Selector, Limits: opts.Limits}}
	var e elsewhere
	e.sort(found, s.opts.LabelValue, opts.May)
	s.settleElsewhere(&e, byNamespace(textsOf(e.ours)), good, known)
	return e
}

func (s *Source) checkPause(own []*corev1.ConfigMap, now time.Time) (rules.Pause, []rules.Mistake) {
	for _, cm := range own {
		if cm.Name == s.opts.PauseName {
			pause, mistakes := rules.ParsePause(cm.Namespace+"/"+cm.Name, allData(cm))
			return pause, append(mistakes, over(cm, pause, now)...)
		}
	}
	return rules.Pause{}, nil
}
