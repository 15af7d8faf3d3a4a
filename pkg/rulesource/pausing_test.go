package rulesource

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const (
	pausedEvent  = "Normal RulesPaused Its rules are paused: still judged and counted, they keep no pod off until the annotation telemetry-scheduler.io/paused is removed."
	resumedEvent = "Normal RulesResumed Its rules are no longer paused: those that fire keep pods off."
)

func annotated(word string) func(*corev1.ConfigMap) {
	return func(cm *corev1.ConfigMap) {
		cm.Annotations = map[string]string{rules.AnnotationPaused: word}
	}
}

func (r *running) wantPaused(want float64) {
	r.t.Helper()
	got, err := testutil.GetGaugeMetricValue(pausedCount)
	if err != nil || got != want {
		r.t.Errorf("%v rules count as paused (%v), want %v", got, err, want)
	}
}

func TestAPauseOfOneConfigMapIsSaidWhenItBeginsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		Register()
		r := start(t, options(fake.NewClientset(configMap("a", "x=1 y=1"), configMap("b", "z=1"))))
		r.Announce(true)
		r.settle()
		r.wantPaused(0)
		r.apply(configMap("a", "x=1 y=1", annotated("true")))
		r.wantEvents(pausedEvent)
		r.wantPaused(2)
		r.apply(configMap("a", "x=1 y=2", annotated("true")))
		r.wantEvents()
		r.apply(configMap("a", "x=1 y=2"))
		r.wantEvents(resumedEvent)
		r.wantPaused(0)
		r.wantLog("The rules of a ConfigMap are paused configMap=ours/a", "The rules of a ConfigMap are no longer paused configMap=ours/a")
	})
}

func TestAPausedConfigMapThatIsDeletedEndsNoPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1", annotated("true")))))
		r.Announce(true)
		r.settle()
		r.wantEvents(pausedEvent)
		r.remove("a")
		r.wantEvents()
	})
}

func TestTheWordsOfThePausedAnnotation(t *testing.T) {
	unclear := func(word string) string {
		return "Warning RulesWarning ours/a: the annotation telemetry-scheduler.io/paused is \"" + word +
			"\", and only the word true pauses; write telemetry-scheduler.io/paused: \"true\", or remove it\nIts rules are not paused."
	}
	for sentence, tc := range map[string]struct {
		word   string
		want   []string
		paused float64
	}{
		"true pauses":                          {"true", []string{pausedEvent}, 1},
		"false does not, and is no slip":       {"false", nil, 0},
		"a capital does not, and is told":      {"True", []string{unclear("True")}, 0},
		"another word does not, and is told":   {"yes", []string{unclear("yes")}, 0},
		"no word at all does not, and is told": {"", []string{unclear("")}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				Register()
				r := start(t, options(fake.NewClientset(configMap("a", "x=1", annotated(tc.word)))))
				r.Announce(true)
				r.settle()
				r.wantEvents(tc.want...)
				r.wantPaused(tc.paused)
			})
		})
	}
}

func TestAMistakeInTheStopButtonSaysWhatStands(t *testing.T) {
	end := time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC)
	for sentence, tc := range map[string]struct {
		pause     rules.Pause
		silencing bool
		want      string
	}{
		"nothing at all":           {rules.Pause{}, false, "NOTHING is paused: rules keep pods off."},
		"eviction by the mistake":  {rules.Pause{Unread: true}, false, "NOTHING is paused but eviction: rules keep pods off."},
		"blocking, without an end": {rules.Pause{Block: true}, false, "Blocking is paused until somebody ends it."},
		"both, without an end":     {rules.Pause{Evict: true, Block: true}, false, "Blocking is paused until somebody ends it. Eviction is paused until somebody ends it."},
		"eviction by the mistake, and a good silence": {rules.Pause{Unread: true, Silences: []rules.Silence{{Node: "n", Until: end}, {Node: "m", Until: end.Add(-time.Hour)}}}, true,
			"Silenced: every rule on node n until 2030-01-31T18:00:00Z. All other rules keep pods off. Eviction is paused until what cannot be read is mended."},
		"eviction by the mistake, and no silence that can be read, beside an end that has passed": {rules.Pause{Unread: true, Until: end.Add(-2 * time.Hour)}, true,
			"NOTHING is silenced: rules keep pods off. Eviction is paused until what cannot be read is mended."},
		"silences that are all over": {rules.Pause{Silences: []rules.Silence{{Node: "m", Until: end.Add(-time.Hour)}}}, true, "NOTHING is silenced: rules keep pods off."},
		"a silence of a rule that there is not": {rules.Pause{Silences: []rules.Silence{{Rule: rules.Key{Name: "gone"}}}}, true,
			"Silenced: rule gone until somebody ends it (gone?). All other rules keep pods off."},
		"blocking, and a silence beside it": {rules.Pause{Block: true, Silences: []rules.Silence{{Rule: rules.Key{Name: "r"}}}}, true,
			"Blocking is paused until somebody ends it. Silenced beside it: rule r until somebody ends it."},
		"blocking, by somebody":     {rules.Pause{Block: true, By: "ann", Why: "a new\nfan"}, false, "Blocking is paused until somebody ends it (ann: a new fan)."},
		"blocking, for a time only": {rules.Pause{Evict: true, Block: true, Until: end}, false, "Blocking is paused until 2030-01-31T18:00:00Z. Eviction is paused until 2030-01-31T18:00:00Z."},
	} {
		t.Run(sentence, func(t *testing.T) {
			hint := func(s rules.Silence) string { return map[string]string{"gone": " (gone?)"}[s.Rule.Name] }
			if got := stands(tc.pause, tc.silencing, end.Add(-time.Hour), hint); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAPauseThatEndedBeforeItWasReadIsSaid(t *testing.T) {
	now := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: "pause"}}
	for sentence, tc := range map[string]struct {
		pause rules.Pause
		want  int
	}{
		"it ended":               {rules.Pause{Block: true, Until: now.Add(-time.Second)}, 1},
		"it goes on":             {rules.Pause{Block: true, Until: now.Add(time.Second)}, 0},
		"it has no end":          {rules.Pause{Block: true}, 0},
		"nothing was paused yet": {rules.Pause{Until: now.Add(-time.Second)}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := over(cm, tc.pause, now); len(got) != tc.want {
				t.Errorf("mistakes: %v", got)
			}
		})
	}
}
