package rulesource

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
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
		r.wantEvents("Normal PausePressed NOTHING is paused: rules keep pods off, but for what is silenced: " +
			"rule x on node n7 until " + end + " (ann: a new fan), rule y until somebody ends it.")
		r.wantSilences("2")
		time.Sleep(time.Hour)
		r.settle()
		r.wantEvents("Normal PausePressed NOTHING is paused: rules keep pods off, but for what is silenced: rule y until somebody ends it.",
			"Normal SilenceEnded The silence of rule x on node n7 until "+end+" (ann: a new fan) has ended: what fires there keeps pods off again.")
		r.wantSilences("1")
		r.apply(silenceMap(`- {rule: x, node: n7, until: "` + end + `", by: ann, why: a new fan}`))
		r.wantEvents()
		r.remove("telemetry-scheduler-pause")
		r.wantEvents()
		r.wantSilences("0")
		r.wantLog("The stop button was used blockPaused=false evictPaused=false silences=2 "+
			"silenced=rule x on node n7 until "+end+" (ann: a new fan), rule y until somebody ends it",
			"A silence has ended configMap=ours/telemetry-scheduler-pause because=rule x on node n7 until "+end+" (ann: a new fan)",
			"The stop button was used blockPaused=false evictPaused=false", "The stop button was used blockPaused=false evictPaused=false")
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
