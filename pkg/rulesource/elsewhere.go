package rulesource

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// elsewhere is what follows from the ConfigMaps of other namespaces.
type elsewhere struct {
	outcome
	ours, astray []*corev1.ConfigMap
	// refused are those with our label in namespaces that may have no rules.
	refused []*corev1.ConfigMap
	// blind is set while they cannot be read: the outcome is that of the last good
	// texts, and there is nothing to tell.
	blind bool
}

// elsewhere resolves the rules of other namespaces with the metrics of the
// cluster's.
func (s *Source) elsewhere(ctx context.Context, good map[Unit]GoodText, known map[string]rules.Metric) elsewhere {
	if s.tenants == nil {
		return elsewhere{}
	}
	e := elsewhere{blind: !s.tenants.known()}
	texts := s.remembrances(good)
	if !e.blind {
		e.divide(s)
		texts = s.tenants.texts(ctx, e.ours, good)
	}
	s.settleElsewhere(&e, s.tenants.byAge(texts), good, known)
	return e
}

// settleElsewhere resolves texts, which are divided by namespace.
func (s *Source) settleElsewhere(e *elsewhere, texts [][]text, good map[Unit]GoodText, known map[string]rules.Metric) {
	around := newSharedRoom(s.tenants.Limits.Together)
	for _, theirs := range texts {
		namespace := theirs[0].Namespace
		parse := func(file, body string) (*rules.Document, []rules.Mistake) {
			return s.parseFor(namespace, file, body, known)
		}
		e.add(resolveTenant(theirs, good, parse, newRoom(namespace, s.tenants.Limits.Each, around)))
	}
}

// byAge divides texts, which are ordered, by namespace. The older namespaces come
// first, where there is no room for all.
func (t *tenants) byAge(texts []text) [][]text {
	out := byNamespace(texts)
	created := map[string]time.Time{}
	for _, theirs := range out {
		created[theirs[0].Namespace] = t.created(theirs[0].Namespace)
	}
	slices.SortStableFunc(out, func(a, b []text) int {
		return created[a[0].Namespace].Compare(created[b[0].Namespace])
	})
	return out
}

// byNamespace divides texts, which are ordered.
func byNamespace(texts []text) (out [][]text) {
	for begin := 0; begin < len(texts); {
		end := begin + 1
		for end < len(texts) && texts[end].Namespace == texts[begin].Namespace {
			end++
		}
		out = append(out, texts[begin:end])
		begin = end
	}
	return out
}

// divide sorts the ConfigMaps of other namespaces.
func (e *elsewhere) divide(s *Source) {
	found, err := s.tenants.maps.lister.List(labels.Everything())
	if err != nil {
		return // a cache that is in memory does not fail
	}
	_, others := apartFrom(found, s.opts.Namespace)
	e.sort(others, s.opts.LabelValue, s.tenants.may)
}

// sort divides ConfigMaps of other namespaces by whether those may have rules, and
// whether they are ours.
func (e *elsewhere) sort(found []*corev1.ConfigMap, label string, may func(namespace string) bool) {
	allowed := map[string]bool{}
	for _, cm := range found {
		if _, judged := allowed[cm.Namespace]; !judged {
			allowed[cm.Namespace] = may(cm.Namespace)
		}
	}
	var mine []*corev1.ConfigMap
	for _, cm := range found {
		switch {
		case allowed[cm.Namespace]:
			mine = append(mine, cm)
		case cm.Labels[rules.LabelRules] == label:
			e.refused = append(e.refused, cm)
		}
	}
	e.ours, e.astray = divide(mine, label)
}

// remembrances are the last good texts of other namespaces, ordered: of those that
// may have rules, as far as that is known.
func (s *Source) remembrances(good map[Unit]GoodText) []text {
	var out []text
	namespaces := s.tenants.Namespaces.Informer().HasSynced()
	for _, g := range good {
		if g.Namespace != s.opts.Namespace && (!namespaces || s.tenants.may(g.Namespace)) {
			out = append(out, text{GoodText: g})
		}
	}
	sortTexts(out)
	return out
}

// mostNotes bounds the facts that stand about one other namespace, so that its
// Events do not crowd those about pods out of the recorder's queue.
const mostNotes = 20

// tell adds what people in other namespaces must know.
func (e *elsewhere) tell(f *facts, s *Source) {
	if e.blind {
		return
	}
	theirs := factsOf(e.outcome, e.ours, e.astray, s.opts.LabelValue)
	for _, cm := range e.ours {
		theirs.endings[mapSubject(cm, reasonNotAllowed)] = nowAllowed(cm)
		if cm.Name == s.opts.PauseName {
			theirs.notes[mapSubject(cm, reasonWarning)] = buttonElsewhere(cm, s.opts.Namespace)
		}
	}
	for _, cm := range e.refused {
		theirs.notes[mapSubject(cm, reasonNotAllowed)] = notAllowed(cm, s.tenants.Selector)
	}
	counts := map[string]int{}
	for _, subject := range slices.SortedFunc(maps.Keys(theirs.notes), compareSubjects) {
		namespace, _, _ := strings.Cut(subject.file, "/")
		if subject.reason != reasonInForce { // which has a bound of its own
			counts[namespace]++
		}
		if subject.reason == reasonInForce || counts[namespace] <= mostNotes {
			f.notes[subject] = theirs.notes[subject]
		}
	}
	maps.Copy(f.endings, theirs.endings)
}

// measure counts the keys of other namespaces.
func (e *elsewhere) measure() {
	measureKeys(tenantKeyCount, e.results, countUnread(e.ours, e.astray))
	refused := 0
	for _, cm := range e.refused {
		refused += len(likeRules(cm))
	}
	tenantKeyCount.WithLabelValues("not-allowed").Set(float64(refused))
}

// notAllowed says that a ConfigMap is not read because of where it stands.
func notAllowed(cm *corev1.ConfigMap, selector labels.Selector) note {
	n := on(cm, "metadata.namespace", corev1.EventTypeWarning, reasonNotAllowed)
	return n.listing([]rules.Mistake{notAllowedMistake(cm, selector)}, "Nothing of this ConfigMap is in force.")
}

func notAllowedMistake(cm *corev1.ConfigMap, selector labels.Selector) rules.Mistake {
	why := fmt.Sprintf("its labels do not fit the selector %q", selector)
	if _, some := selector.Requirements(); !some {
		why = "no namespace may"
	}
	return rules.Mistake{
		File: cm.Namespace + "/" + cm.Name, Check: rules.CheckNotAllowed,
		Message: fmt.Sprintf("namespace %s may have no rules of its own: %s", cm.Namespace, why),
		Mend:    `ask whoever runs the scheduler, whose argument "namespaces" that is, or whoever may label the namespace`,
	}
}

// nowAllowed says that the namespace was selected meanwhile.
func nowAllowed(cm *corev1.ConfigMap) note {
	n := on(cm, "metadata.namespace", corev1.EventTypeNormal, reasonAllowed)
	n.text = fmt.Sprintf("Namespace %s may have rules of its own now, and this ConfigMap is read.", cm.Namespace)
	return n
}

// buttonElsewhere says that a ConfigMap which has the name of the stop button is
// none.
func buttonElsewhere(cm *corev1.ConfigMap, ours string) note {
	return on(cm, "metadata.name", corev1.EventTypeWarning, reasonWarning).listing([]rules.Mistake{{
		File: cm.Namespace + "/" + cm.Name, Warning: true,
		Message: fmt.Sprintf("the stop button is the ConfigMap of this name in namespace %s, and no other", ours),
		Mend:    "pause your own rules with the annotation " + rules.AnnotationPaused,
	}}, "Nothing is paused or silenced.")
}
