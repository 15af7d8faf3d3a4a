package rulesource

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// facts are what people must know, once for as long as it stands.
type facts struct {
	notes map[subject]note
	// endings hold what to say of a subject that stood before and no longer does.
	// Subjects without one end silently.
	endings map[subject]note
}

// factsOf returns the facts of an outcome and of the ConfigMaps around it.
func factsOf(o outcome, ours, astray []*corev1.ConfigMap, value string) facts {
	f := facts{notes: notesOf(o), endings: map[subject]note{}}
	for _, r := range o.results {
		if r.standing == inForce {
			f.endings[subject{file: r.text.String(), reason: reasonRejected}] = mended(r.text)
		}
	}
	for _, cm := range ours {
		f.addConfigMap(cm)
	}
	for _, cm := range astray {
		f.notes[mapSubject(cm, reasonWarning)] = mislabelled(cm, value)
	}
	return f
}

// addConfigMap adds what is to say of one of our ConfigMaps beside its rules.
func (f *facts) addConfigMap(cm *corev1.ConfigMap) {
	for _, key := range unread(cm) {
		f.notes[subject{file: Unit{cm.Namespace, cm.Name, key}.String(), reason: reasonWarning}] = unreadKey(cm, key)
	}
	paused, unclear := pauseWord(cm)
	if unclear {
		f.notes[mapSubject(cm, reasonWarning)] = pauseUnclear(cm)
	}
	if paused {
		f.notes[mapSubject(cm, reasonPaused)] = pauseBegan(cm)
	} else {
		f.endings[mapSubject(cm, reasonPaused)] = pauseEnded(cm)
	}
}

func mapSubject(cm *corev1.ConfigMap, reason string) subject {
	return subject{file: cm.Namespace + "/" + cm.Name, reason: reason}
}

// since returns what is new against the notes that stood before, ordered: what
// was not said, what changed its text or its ConfigMap's life, and what ended.
func (f *facts) since(before map[subject]note) []note {
	news := map[subject]note{}
	for s, n := range f.notes {
		if !before[s].same(n) {
			news[s] = n
		}
	}
	for s := range before {
		_, still := f.notes[s]
		if ending, found := f.endings[s]; found && !still {
			news[s] = ending
		}
	}
	var out []note
	for _, s := range slices.SortedFunc(maps.Keys(news), compareSubjects) {
		out = append(out, news[s])
	}
	return out
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.reason, b.reason), cmp.Compare(a.name.kind, b.name.kind), a.name.key.Compare(b.name.key))
}

// announcer tells facts once: the log of every replica, and by Events where the
// replica speaks. While it is muted it remembers no Event, so that a new leader
// says what stands.
type announcer struct {
	recorder     events.EventRecorder
	said, logged map[subject]note
}

func (a *announcer) announce(logger klog.Logger, f facts, speaking bool) {
	for _, n := range f.since(a.logged) {
		n.log(logger)
	}
	a.logged = f.notes
	if !speaking {
		a.said = nil
		return
	}
	for _, n := range withoutTooMuchGood(f.since(a.said)) {
		a.recorder.Eventf(&n.object, nil, n.kind, n.reason, "Load", "%s", n.text)
	}
	a.said = f.notes
}

// messages are what the log says for each reason.
var messages = map[string]string{
	reasonRejected:      "A key of rules is rejected",
	reasonWarning:       "There is a warning about rules",
	reasonConflict:      "The name of a rule is taken by a newer ConfigMap",
	reasonMended:        "A key of rules is mended and in force",
	reasonPaused:        "The rules of a ConfigMap are paused",
	reasonResumed:       "The rules of a ConfigMap are no longer paused",
	reasonNotAllowed:    "The namespace of a ConfigMap may have no rules of its own",
	reasonAllowed:       "The namespace of a ConfigMap may have rules of its own now",
	reasonPauseRejected: "The stop button cannot be read in full",
	reasonSilenceEnded:  "A silence has ended",
}

// log writes a note down, unless what it says is logged elsewhere.
func (n note) log(logger klog.Logger) {
	if messages[n.reason] == "" {
		return
	}
	values := []any{"configMap", klog.KRef(n.object.Namespace, n.object.Name)}
	for _, pair := range [][2]string{{"key", n.key}, {"rule", n.rule}, {"because", n.because}, {"effect", n.effect}} {
		if pair[1] != "" {
			values = append(values, pair[0], pair[1])
		}
	}
	logger.Info(messages[n.reason], values...)
}

// logRules writes down which rules came into force, and which no longer are.
func logRules(logger klog.Logger, before, now *rules.RuleSet) {
	was, is := keysOf(before), keysOf(now)
	known := func(in []string) func(string) bool {
		return func(key string) bool { return slices.Contains(in, key) }
	}
	came, went := slices.DeleteFunc(slices.Clone(is), known(was)), slices.DeleteFunc(slices.Clone(was), known(is))
	if len(came)+len(went) > 0 {
		logger.Info("Other rules are in force", "new", firstOf(came), "gone", firstOf(went), "inForce", len(is))
	}
}

func keysOf(set *rules.RuleSet) []string {
	out := make([]string, len(set.Rules))
	for i := range set.Rules {
		out[i] = set.Rules[i].Key().String()
	}
	return out
}

// firstOf names the first few of a list.
func firstOf(names []string) string {
	const few = 10
	text := strings.Join(names[:min(few, len(names))], ", ")
	if len(names) > few {
		text += fmt.Sprintf(" and %d more", len(names)-few)
	}
	return text
}
