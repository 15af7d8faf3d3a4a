package lint

import (
	"fmt"
	"maps"
	"slices"
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
	for _, shelf := range l.order {
		shelf.meant = rulesource.AsMeant(shelf.configMap, s.RulesLabel)
		l.judgeAround(shelf, s, may)
	}
	options := checkOptions(s, may, now)
	options.Seed = l.former
	report, set := rulesource.Check(l.configMaps(), options)
	l.set = set
	l.addReport(report)
	l.advise(report, set, s)
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

// configMaps are those that are judged: what stands in a cluster as it is, and what is to
// be applied as it will be read once that is possible.
func (l *library) configMaps() []*corev1.ConfigMap {
	out := make([]*corev1.ConfigMap, len(l.order))
	for i, shelf := range l.order {
		if out[i] = shelf.meant.ConfigMap; l.stands {
			out[i] = shelf.configMap
		}
	}
	return out
}

func (l *library) addReport(report rulesource.Report) {
	l.texts = len(report.Keys)
	for _, key := range report.Keys {
		l.textsIn[key.Namespace]++
		for _, m := range key.Mistakes {
			if key.InForce == rulesource.TextLastGood && !m.Warning {
				m.Message += "; until that is mended the former text of the key stays in force"
			}
			l.mistake(m)
		}
	}
	for _, m := range append(report.Unread, report.PauseMistakes...) {
		if m.Check != rules.CheckLabel && m.Check != rules.CheckKey { // which is said of each ConfigMap
			l.mistake(m)
		}
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
	key = s.written(key)
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
func (l *library) judgeAround(s *shelf, by *settings.Settings, may func(namespace string) bool) {
	cm := s.configMap
	if m, unclear := rulesource.CheckPaused(cm); unclear {
		l.mistake(m)
	}
	if relevant(cm) || cm.Namespace == by.Namespace && cm.Name == by.PauseConfigMap {
		for _, r := range s.refusals {
			l.report(r.at, r.mistake())
		}
	}
	if l.stands && cm.Namespace != by.Namespace && !may(cm.Namespace) {
		return // nobody would read it with another label
	}
	for _, m := range s.meant.Wrong {
		l.mistake(m)
	}
}

// advise judges what is in force, and what has no mistake in the other texts.
func (l *library) advise(report rulesource.Report, set *rules.RuleSet, s *settings.Settings) {
	judged := *set
	judged.Metrics = maps.Clone(set.Metrics)
	for _, key := range report.Keys {
		b := l.bodyOf(key.Unit)
		if b == nil {
			continue
		}
		l.advised = append(l.advised, advice.Read(key.Unit.String(), b.text))
		if key.InForce != rulesource.TextCurrent {
			l.addSound(&judged, key.Unit, b, s)
		}
	}
	for _, m := range advice.On(l.advised, &judged) {
		l.mistake(m)
	}
}

// addSound adds what has no mistake in a text that is not in force.
func (l *library) addSound(to *rules.RuleSet, u rulesource.Unit, b *body, s *settings.Settings) {
	opts := s.Rules()
	opts.Metrics = to.Metrics
	if u.Namespace != s.Namespace {
		opts.Namespace = u.Namespace
	}
	sound, left := rules.Sound(u.String(), []byte(b.text), opts)
	l.unjudged += left
	to.Rules = append(slices.Clip(to.Rules), sound.Rules...)
	to.Preferences = append(slices.Clip(to.Preferences), sound.Preferences...)
	for _, m := range sound.Metrics {
		to.Metrics[m.Name] = m
	}
}

func (l *library) bodyOf(u rulesource.Unit) *body {
	if s := l.shelves[u.Namespace+"/"+u.ConfigMap]; s != nil {
		return s.bodies[s.written(u.Key)]
	}
	return nil
}
