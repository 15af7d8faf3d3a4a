package scenario

import (
	"cmp"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// defaultNamespace is where the manifest installs the scheduler.
const defaultNamespace = "telemetry-scheduler"

// spot is where something stands in a file.
type spot struct {
	file         string
	line, column int
}

// library holds the ConfigMaps whose rules a scenario tests. Files of rules are
// ConfigMaps of the scheduler's own namespace.
type library struct {
	// namespace is the scheduler's own, and settings what its operator said.
	namespace  string
	settings   *args.Args
	configMaps []*corev1.ConfigMap
	// places has ConfigMaps by namespace/name and texts by namespace/name/key.
	places map[string]spot
}

func newLibrary(namespace string) *library {
	return &library{namespace: cmp.Or(namespace, defaultNamespace), settings: defaults(), places: map[string]spot{}}
}

// defaults are the arguments of a scheduler whose operator said nothing.
func defaults() *args.Args {
	a, err := args.Parse(nil, args.Options{SourceTypes: args.Types()})
	if err != nil {
		panic(err) // the defaults are right
	}
	return a
}

// addBare takes in a text that will be a key of a ConfigMap.
func (l *library) addBare(file string, data []byte) {
	cm := &corev1.ConfigMap{Data: map[string]string{bareKey: string(data)}}
	cm.Namespace, cm.Name = l.namespace, file
	cm.Labels = map[string]string{rules.LabelRules: l.settings.RulesLabel}
	l.put(cm, spot{file: file, line: 1, column: 1})
	l.places[cm.Namespace+"/"+cm.Name+"/"+bareKey] = spot{file: file, line: 1, column: 1}
}

// put shelves a ConfigMap, under another name where there is one of its own.
func (l *library) put(cm *corev1.ConfigMap, at spot) {
	for i, first := 2, cm.Name; ; i++ {
		if _, taken := l.places[cm.Namespace+"/"+cm.Name]; !taken {
			break
		}
		cm.Name = fmt.Sprintf("%s (%d)", first, i)
	}
	l.places[cm.Namespace+"/"+cm.Name] = at
	l.configMaps = append(l.configMaps, cm)
}

// judge reads all texts as the scheduler does that finds them when it starts. Every
// namespace may have rules of its own, within the limits that are the default.
func (l *library) judge(o rules.Options) (*rules.RuleSet, []Mistake) {
	limits := l.settings.NamespaceLimits
	report, set := rulesource.Check(l.configMaps, rulesource.CheckOptions{
		Namespace: l.namespace, LabelValue: l.settings.RulesLabel, PauseName: l.settings.PauseConfigMap, Rules: o,
		May: func(string) bool { return true }, Selector: labels.Everything(), Now: time.Time{},
		Limits: rulesource.Limits{Each: rulesource.Counts(limits.Each), Together: rulesource.Counts(limits.Together)},
	})
	var out []Mistake
	for _, key := range report.Keys {
		out = append(out, key.Mistakes...)
	}
	out = append(append(out, report.Unread...), l.unread()...)
	for _, c := range report.Conflicts {
		out = append(out, l.conflict(c))
	}
	for i := range out {
		out[i] = l.placed(out[i])
	}
	return set, out
}

// unread says which ConfigMaps hold rules that nobody reads.
func (l *library) unread() (out []Mistake) {
	for _, cm := range l.configMaps {
		if m, unclear := rulesource.CheckPaused(cm); unclear {
			out = append(out, m)
		}
		if _, labelled := cm.Labels[rules.LabelRules]; !labelled && rulesource.HoldsRules(cm) {
			out = append(out, Mistake{
				File: cm.Namespace + "/" + cm.Name, Check: rules.CheckLabel,
				Message: fmt.Sprintf("this ConfigMap holds rules and has no label %s, so nobody reads them", rules.LabelRules),
				Mend:    fmt.Sprintf("write %s: %q among its labels", rules.LabelRules, l.settings.RulesLabel),
			})
		}
	}
	return out
}

// conflict says that a name is defined twice: in a cluster the newer ConfigMap wins, and
// files do not say which that is.
func (l *library) conflict(c rulesource.ConflictReport) Mistake {
	winner := l.placed(Mistake{File: c.Winner.File, Line: c.Winner.Line, Column: c.Winner.Column})
	return Mistake{
		File: c.Loser.File, Line: c.Loser.Line, Column: c.Loser.Column, Check: rules.CheckConflict,
		Message: fmt.Sprintf("%s %s is defined differently in %s:%d:%d too", c.Kind, c.Name, winner.File, winner.Line, winner.Column),
		Mend:    "test them in files of their own",
	}
}

// placed moves a mistake from the ConfigMap that it names to where that stands.
func (l *library) placed(m Mistake) Mistake {
	at, known := l.places[m.File]
	if !known {
		return m
	}
	m.File = at.file
	if m.Line == 0 {
		m.Line, m.Column = at.line, at.column
	}
	return m
}
