package rulesource

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// silenceMap is a pause ConfigMap that holds only silences.
func silenceMap(lines ...string) *corev1.ConfigMap {
	cm := pauseMap("")
	cm.Data = map[string]string{"silences": strings.Join(lines, "\n")}
	return cm
}

func inAnHour() string { return time.Now().Add(time.Hour).UTC().Format(time.RFC3339) }

func (r *running) wantSilences(want string) {
	r.t.Helper()
	text := "# HELP telemetry_scheduler_silences [ALPHA] Silences in force: rules that the pause ConfigMap makes do nothing, everywhere or on one node.\n" +
		"# TYPE telemetry_scheduler_silences gauge\ntelemetry_scheduler_silences " + want + "\n"
	if err := testutil.CustomCollectAndCompare(&pausedCollector{source: r.Source}, strings.NewReader(text), "telemetry_scheduler_silences"); err != nil {
		r.t.Error(err)
	}
}

func TestSilencesAreToldWhileTheyStandAndWhenTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.Announce(true)
		r.settle()
		r.wantSilences("0")
		end := inAnHour()
		r.apply(silenceMap(`- {rule: x, node: n7, until: "`+end+`", by: ann, why: a new fan}`, "- {rule: y}"))
		r.wantEvents("Normal PausePressed Silenced: " +
			"rule x on node n7 until " + end + " (ann: a new fan), rule y until somebody ends it (no rule of that name is in force). All other rules keep pods off.")
		r.wantSilences("2")
		time.Sleep(time.Hour)
		r.settle()
		r.wantEvents("Normal PausePressed Silenced: rule y until somebody ends it (no rule of that name is in force). All other rules keep pods off.",
			"Normal SilenceEnded The silence of rule x on node n7 until "+end+" (ann: a new fan) has ended: what fires there keeps pods off again.")
		r.wantSilences("1")
		r.apply(silenceMap(`- {rule: x, node: n7, until: "` + end + `", by: ann, why: a new fan}`))
		r.wantEvents()
		r.remove("telemetry-scheduler-pause")
		r.wantEvents()
		r.wantSilences("0")
		r.wantLog("The stop button was used blockPaused=false evictPaused=false silences=2 "+
			"silenced=rule x on node n7 until "+end+" (ann: a new fan), rule y until somebody ends it (no rule of that name is in force)",
			"A silence has ended configMap=ours/telemetry-scheduler-pause because=rule x on node n7 until "+end+" (ann: a new fan)",
			"The stop button was used blockPaused=false evictPaused=false", "The stop button was released blockPaused=false evictPaused=false")
	})
}

func TestASilenceThatWasOverWhenItWasWrittenIsAWarning(t *testing.T) {
	passed := func(what, end string) string {
		return "Warning PauseRejected ours/telemetry-scheduler-pause: warning: the silence of every rule on node " + what + " until " + end +
			" had passed when it was written, so it silences nothing; write a later time, or remove it\n"
	}
	synctest.Test(t, func(t *testing.T) {
		Register()
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.Announce(true)
		end := inAnHour()
		time.Sleep(2 * time.Hour)
		later := inAnHour()
		line, standing := `- {node: n7, until: "`+end+`"}`, `- {node: n8, until: "`+later+`"}`
		r.apply(silenceMap(line))
		r.wantEvents(passed("n7", end) + "NOTHING is silenced: rules keep pods off.")
		if got, err := testutil.GetGaugeMetricValue(pauseMistakes); err != nil || got != 1 {
			t.Errorf("%v mistakes (%v), want 1", got, err)
		}
		r.apply(silenceMap(line, standing)) // and still
		r.wantEvents(passed("n7", end) + "Silenced: every rule on node n8 until " + later + ". All other rules keep pods off.")
		r.remove("telemetry-scheduler-pause")
		r.apply(silenceMap(line))
		r.wantEvents(passed("n7", end) + "NOTHING is silenced: rules keep pods off.")
	})
}

func TestASilenceThatWasReadLateWasNotWrittenLate(t *testing.T) {
	now := time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC)
	silence := rules.Silence{Node: "n", Until: now}
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(d)} }
	for sentence, tc := range map[string]struct {
		created, written *metav1.Time
		looked           bool
		want             bool
	}{
		"new, and written before its end":           {at(-time.Hour), at(-time.Minute), true, false},
		"new, and written after its end":            {at(-time.Hour), at(time.Minute), true, true},
		"found at the start":                        {at(-time.Hour), at(time.Minute), false, false},
		"found at the start in a younger ConfigMap": {at(time.Second), at(time.Minute), false, true},
		"new, and nobody noted when":                {at(-time.Hour), nil, true, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newSource(options(fake.NewClientset()), fakeRead)
			s.looked = tc.looked
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: *tc.created, ManagedFields: []metav1.ManagedFieldsEntry{{Time: tc.written}}}}
			if got := s.findLate(cm, rules.Pause{Silences: []rules.Silence{silence}}, now.Add(time.Hour)); got[silence] != tc.want {
				t.Errorf("late: %v", got)
			}
		})
	}
}

func TestASilenceOfWhatThereIsNotIsHinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(silenceMap("- {rule: x, node: n7}"))
		factory := informers.NewSharedInformerFactory(client, 0)
		opts := options(client)
		opts.Nodes = factory.Core().V1().Nodes()
		r := start(t, opts)
		r.Announce(true)
		r.settle()
		pressed := func(hint string) string {
			return "Normal PausePressed Silenced: rule x on node n7 until somebody ends it" + hint + ". All other rules keep pods off."
		}
		r.wantEvents(pressed(" (no rule of that name is in force)")) // nobody knows the nodes yet
		factory.Start(t.Context().Done())
		t.Cleanup(factory.Shutdown)
		r.settle()
		r.wantEvents(pressed(" (no rule of that name is in force, no such node)"))
		r.apply(configMap("a", "x=1"))
		r.wantEvents(pressed(" (no such node)"))
		nodes := client.CoreV1().Nodes()
		if _, err := nodes.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n7"}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.wantEvents(pressed(""))
		if err := nodes.Delete(t.Context(), "n7", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.wantEvents(pressed(" (no such node)"))
	})
}

func TestANewLeaderTellsOfSilencesThatEndedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(silenceMap(`- {node: n7, until: "`+inAnHour()+`"}`))))
		time.Sleep(2 * time.Hour)
		r.wantEvents()
		r.Announce(true)
		r.settle()
		if event := <-r.events; !strings.HasPrefix(event, "Normal SilenceEnded The silence of every rule on node n7 until ") {
			t.Errorf("event %q", event)
		}
		r.wantEvents()
	})
}

func TestTheWordsOfASilence(t *testing.T) {
	long := strings.Repeat("because ", 100)
	for want, silence := range map[string]rules.Silence{
		"every rule on node n until somebody ends it":                        {Node: "n"},
		"rule r until somebody ends it (ann)":                                {Rule: rules.Key{Name: "r"}, By: "ann"},
		"rule ns/r on node n until 2030-01-31T18:00:00Z (a fan)":             {Rule: rules.Key{Namespace: "ns", Name: "r"}, Node: "n", Until: time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC), Why: "a fan"},
		"rule r until somebody ends it (" + clip(long, 100) + ")":            {Rule: rules.Key{Name: "r"}, Why: long},
		"rule r until somebody ends it (ann: one line is enough for anyone)": {Rule: rules.Key{Name: "r"}, By: " ann\n", Why: "one line\nis enough\tfor anyone"},
	} {
		if diff := cmp.Diff(want, silenceWords(silence)); diff != "" {
			t.Errorf("words (-want +got):\n%s", diff)
		}
	}
}
