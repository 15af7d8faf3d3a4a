package evaluator

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// SectionEvictions is what the descheduler remembers: it is bounded, and without it limits
// of evictions would begin anew.
const SectionEvictions = "evictions"

// Sections of the stored state, in the order of their importance: without its
// phases a scheduler judges anew, without a text it may forget a rule. Those of
// other namespaces come last: however much they have, they crowd nothing out, and
// their phases no texts.
const (
	sectionTexts        = "texts"
	sectionPhases       = "phases"
	sectionLessons      = "lessons"
	sectionTenantTexts  = "tenant-texts"
	sectionTenantPhases = "tenant-phases"
)

// Sections returns the sections that an Evaluator writes, and SectionEvictions, for
// state.Options.
func Sections() []string {
	return []string{sectionTexts, SectionEvictions, sectionPhases, SectionMarks, sectionLessons, sectionTenantTexts, sectionTenantPhases}
}

// TextsOf returns the last good texts of stored content, ordered. What cannot be
// read is left out: its ConfigMap says what is in force.
func TextsOf(content state.Content) []rulesource.GoodText {
	var out []rulesource.GoodText
	for _, section := range []string{sectionTexts, sectionTenantTexts} {
		for _, value := range content[section] {
			var t rulesource.GoodText
			if json.Unmarshal(value, &t) == nil {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b rulesource.GoodText) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

// textEntries is the reverse of TextsOf.
func textEntries(texts []rulesource.GoodText) []state.Entry {
	out := make([]state.Entry, 0, len(texts))
	for _, t := range texts {
		// Strings always marshal; bytes that are not UTF-8 never made a good text.
		value, _ := json.Marshal(t)
		out = append(out, state.Entry{Key: t.String(), Value: value})
	}
	return out
}

// presence is an entry that stands for a run that has nothing to remember: its
// successor must not take it for the first run ever.
const presence = "-"

// PhasesOf returns the phases in stored content; nil if no run ever stored any. A
// rule whose phases cannot be read is judged anew.
func PhasesOf(content state.Content) *engine.State {
	if _, found := content[sectionPhases]; !found {
		return nil
	}
	out := new(engine.State)
	for _, section := range []string{sectionPhases, sectionTenantPhases} {
		stored := content[section]
		for _, key := range slices.Sorted(maps.Keys(stored)) {
			var rule engine.RuleState
			if key != presence && json.Unmarshal(stored[key], &rule) == nil {
				out.Rules = append(out.Rules, rule)
			}
		}
	}
	return out
}

// phaseEntries is the reverse of PhasesOf: one entry a rule, those of the cluster and
// those of other namespaces.
func phaseEntries(phases *engine.State) (ours, tenants []state.Entry) {
	ours = []state.Entry{{Key: presence, Value: json.RawMessage("{}")}}
	for i := range phases.Rules {
		r := &phases.Rules[i]
		value, _ := json.Marshal(r) // numbers, strings and maps of them always marshal
		if e := (state.Entry{Key: r.Rule.String(), Value: value}); r.Rule.Namespace == "" {
			ours = append(ours, e)
		} else {
			tenants = append(tenants, e)
		}
	}
	return ours, tenants
}

// evictingFirst orders the phases of rules that evict before others: where there is no room
// for all, a pair that is judged anew moves no pods for a while.
func evictingFirst(entries []state.Entry, set *rules.RuleSet) {
	rank := map[string]int{presence: -2}
	for i := range set.Rules {
		if r := &set.Rules[i]; r.Evict != nil {
			rank[r.Key().String()] = -1
		}
	}
	slices.SortStableFunc(entries, func(a, b state.Entry) int { return rank[a.Key] - rank[b.Key] })
}

// mostPhases bounds the nodes whose phases are stored for one other namespace, each
// once a rule; mostPhasesTogether for all of them. What is beyond is judged anew
// after a restart.
const mostPhases, mostPhasesTogether = 20_000, 100_000

// phaseRoom counts the nodes whose phases are stored for other namespaces.
type phaseRoom struct {
	theirs   map[string]int
	together int
}

// take reports whether there is room for the phases of a rule on so many nodes, and
// takes it. For rules of the cluster there always is.
func (r *phaseRoom) take(rule rules.Key, nodes int) bool {
	switch {
	case rule.Namespace == "":
		return true
	case r.theirs[rule.Namespace]+nodes > mostPhases || r.together+nodes > mostPhasesTogether:
		return false
	}
	r.theirs[rule.Namespace] += nodes
	r.together += nodes
	return true
}

// LessonsOf returns what a former run learned of the use of pods, by owner. What
// cannot be read is left out: it will be measured again.
func LessonsOf(content state.Content) map[inflight.Owner]inflight.Lesson {
	out := map[inflight.Owner]inflight.Lesson{}
	for owner, value := range content[sectionLessons] {
		var l inflight.Lesson
		if json.Unmarshal(value, &l) == nil {
			out[inflight.Owner(owner)] = l
		}
	}
	return out
}

// lessonEntries is the reverse of LessonsOf.
func lessonEntries(lessons map[inflight.Owner]inflight.Lesson) []state.Entry {
	out := make([]state.Entry, 0, len(lessons))
	for owner, lesson := range lessons {
		// Numbers and times always marshal.
		value, _ := json.Marshal(lesson)
		out = append(out, state.Entry{Key: string(owner), Value: value})
	}
	slices.SortFunc(out, func(a, b state.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// keepTexts hands the last good texts to the store, as the leader.
func (e *Evaluator) keepTexts() {
	if !e.speaking {
		return
	}
	var ours, tenants []rulesource.GoodText
	for _, t := range e.opts.Rules.GoodTexts() {
		if t.Namespace == e.opts.Self.Namespace {
			ours = append(ours, t)
		} else {
			tenants = append(tenants, t)
		}
	}
	e.opts.State.Put(sectionTexts, textEntries(ours))
	e.opts.State.Put(sectionTenantTexts, textEntries(tenants))
}

// phasesAge bounds the age of stored phases although none has changed: with the
// sample times in them a Pending pair goes on after a crash, and what a rule last
// knew is not taken for older than it is. The store writes what differs.
const phasesAge = 15 * time.Second

// keepPhases hands the phases to the store, as the leader, if one has changed or
// what was stored is old.
func (e *Evaluator) keepPhases(now time.Time, changed bool) {
	if !e.speaking || !changed && now.Sub(e.kept) < phasesAge {
		return
	}
	e.kept = now
	room := phaseRoom{theirs: map[string]int{}}
	ours, tenants := phaseEntries(e.engine.State(room.take))
	evictingFirst(ours, e.board.Load().RuleSet())
	evictingFirst(tenants, e.board.Load().RuleSet())
	e.opts.State.Put(sectionPhases, ours)
	e.opts.State.Put(sectionTenantPhases, tenants)
}
