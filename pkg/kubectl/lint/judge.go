package lint

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint/advice"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// judge adds what the scheduler with these settings would find, and what it accepts
// and is unwise.
func (l *library) judge(s *settings.Settings, may func(namespace string) bool, now time.Time) {
	for _, shelf := range l.order {
		if shelf.bare {
			shelf.configMap.Labels = map[string]string{rules.LabelRules: s.RulesLabel}
		}
	}
	report, set := rulesource.Check(l.configMaps(), checkOptions(s, may, now))
	l.set = set
	l.addReport(report)
	for _, shelf := range l.order {
		l.judgeAround(shelf, s)
	}
	l.advise(report, set)
}

func checkOptions(s *settings.Settings, may func(namespace string) bool, now time.Time) rulesource.CheckOptions {
	out := rulesource.CheckOptions{
		Namespace: s.Namespace, LabelValue: s.RulesLabel, PauseName: s.PauseConfigMap, Rules: s.Rules(),
		May: may, Selector: s.Namespaces, Now: now,
		Limits: rulesource.Limits{Each: rulesource.Counts(s.NamespaceLimits.Each), Together: rulesource.Counts(s.NamespaceLimits.Together)},
	}
	if out.Selector == nil {
		out.Selector = labels.Nothing()
	}
	return out
}

func (l *library) configMaps() []*corev1.ConfigMap {
	out := make([]*corev1.ConfigMap, len(l.order))
	for i, shelf := range l.order {
		out[i] = shelf.configMap
	}
	return out
}

func (l *library) addReport(report rulesource.Report) {
	l.texts = len(report.Keys)
	for _, key := range report.Keys {
		for _, m := range key.Mistakes {
			l.mistake(m)
		}
	}
	for _, m := range append(report.Unread, report.PauseMistakes...) {
		l.mistake(m)
	}
	for _, c := range report.Conflicts {
		l.conflict(c)
	}
}

// mistake adds what was found in a text, or around it.
func (l *library) mistake(m rules.Mistake) {
	at, key := l.place(m)
	l.report(at, m)
	l.found[len(l.found)-1].Key = key
}

// place finds where a mistake stands, and the namespace/name/key of the text if that is
// one of a ConfigMap.
func (l *library) place(m rules.Mistake) (place, string) {
	name, key := split(m.File)
	s := l.shelves[name]
	if s == nil {
		return place{file: m.File, line: m.Line, column: m.Column}, ""
	}
	if m.Check == rules.CheckPause {
		key, _, _ = strings.Cut(m.Path, "[")
		key, _, _ = strings.Cut(key, ".")
	}
	if b := s.bodies[key]; b != nil {
		if s.bare {
			return b.at(m.Line, m.Column), ""
		}
		return b.at(m.Line, m.Column), name + "/" + key
	}
	switch {
	case m.Check == rules.CheckLabel:
		return s.label, ""
	case m.Check == rules.CheckPause && m.Path == "" && s.paused.line > 0:
		return s.paused, ""
	}
	return s.head, ""
}

// split cuts namespace/name/key before the key. The name of a bare file is its path, and
// its key has no slash.
func split(file string) (name, key string) {
	namespace, rest, _ := strings.Cut(file, "/")
	last := strings.LastIndexByte(rest, '/')
	if last < 0 {
		return file, ""
	}
	return namespace + "/" + rest[:last], rest[last+1:]
}

func (l *library) conflict(c rulesource.ConflictReport) {
	winner, _ := l.place(rules.Mistake{File: c.Winner.File, Line: c.Winner.Line, Column: c.Winner.Column})
	l.mistake(rules.Mistake{
		File: c.Loser.File, Line: c.Loser.Line, Column: c.Loser.Column, Check: rules.CheckConflict,
		Message: fmt.Sprintf("%s %q is defined differently in %s:%d:%d too, and only that of the newer ConfigMap is in force", c.Kind, c.Name.Name, winner.file, winner.line, winner.column),
		Mend:    "give one of them another name, or remove one",
	})
}

// judgeAround judges what stands around the texts of a ConfigMap.
func (l *library) judgeAround(s *shelf, by *settings.Settings) {
	if m, unclear := rulesource.CheckPaused(s.configMap); unclear {
		l.mistake(m)
	}
	if _, labelled := s.configMap.Labels[rules.LabelRules]; !labelled && rulesource.HoldsRules(s.configMap) {
		l.report(s.head, rules.Mistake{
			Check: rules.CheckLabel, Warning: true,
			Message: fmt.Sprintf("this ConfigMap holds rules and has no label %s, so nobody reads them", rules.LabelRules),
			Mend:    fmt.Sprintf("write %s: %q among its labels", rules.LabelRules, by.RulesLabel),
		})
	}
}

// advise judges the texts that are in force.
func (l *library) advise(report rulesource.Report, set *rules.RuleSet) {
	for _, key := range report.Keys {
		if b := l.bodyOf(key.Unit); b != nil && key.InForce == rulesource.TextCurrent {
			l.advised = append(l.advised, advice.Read(key.Unit.String(), b.text))
		}
	}
	for _, m := range advice.On(l.advised, set) {
		l.mistake(m)
	}
}

func (l *library) bodyOf(u rulesource.Unit) *body {
	if s := l.shelves[u.Namespace+"/"+u.ConfigMap]; s != nil {
		return s.bodies[u.Key]
	}
	return nil
}
