package evaluator

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// withTenants gives namespaces the rules of a set too.
func withTenants(set *rules.RuleSet, namespaces ...string) *rules.RuleSet {
	documents := []*rules.Document{{Rules: set.Rules}}
	for _, namespace := range namespaces {
		document := &rules.Document{}
		for _, r := range set.Rules {
			r.Namespace, r.Origin.File = namespace, namespace+"/rules/k.yaml"
			document.Rules = append(document.Rules, r)
		}
		documents = append(documents, document)
	}
	return rules.Merge(set.Metrics, documents, set.Pause)
}

// listening is a recorder that remembers of whom Events speak.
type listening struct {
	events.EventRecorder
	about map[string]int
}

func (l *listening) Eventf(regarding runtime.Object, _ runtime.Object, _, reason, _, note string, args ...any) {
	who := "a node"
	if ref, is := regarding.(*corev1.ObjectReference); is {
		who = ref.Namespace + "/" + ref.Name
	}
	l.about[who+" "+reason]++
}

func TestTenantsRulesSpeakOnTheirConfigMapAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := &listening{about: map[string]int{}}
		w := newWorld(t, hot, newNodes(3), func(o *Options) { o.Recorder = heard })
		w.rules.set = withTenants(w.rules.set, "team")
		w.memory.set(everyNode(3, 95))
		w.start()
		defer w.lead()()
		w.memory.set(everyNode(3, 50))
		w.pass(20 * time.Second)
		want := map[string]int{
			"a node TelemetryRuleFiring": 3, "a node TelemetryRuleInactive": 3,
			"team/rules TelemetryRuleFiring": 1, "team/rules TelemetryRuleInactive": 1,
		}
		if diff := cmp.Diff(want, heard.about); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestTenantsEventsAreTheFirstToBeCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := &listening{about: map[string]int{}}
		w := newWorld(t, hot, newNodes(3), func(o *Options) { o.Recorder = heard })
		var teams []string
		for i := range 2 * maxTickEvents {
			teams = append(teams, fmt.Sprintf("a%d", i))
		}
		w.rules.set = withTenants(w.rules.set, teams...)
		w.memory.set(everyNode(3, 95))
		w.start()
		defer w.lead()()
		if n := heard.about["a node TelemetryRuleFiring"]; n != 3 {
			t.Errorf("%d events on nodes, want 3", n)
		}
		if n := len(heard.about); n != maxTickEvents-3+1 {
			t.Errorf("%d kinds of events", n)
		}
	})
}

func TestTenantsTextsAreKeptBehindEverythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1))
		w.rules.set = withTenants(w.rules.set, "a-team")
		text := func(namespace, body string) rulesource.GoodText {
			return rulesource.GoodText{Unit: rulesource.Unit{Namespace: namespace, ConfigMap: "c", Key: "k.yaml"}, UID: "1", Text: body}
		}
		w.rules.good = []rulesource.GoodText{text("a-team", strings.Repeat("y", 100)), text("ours", "x")}
		w.memory.set(everyNode(1, 95))
		w.start()
		w.lead()()
		content := w.load()
		if n, m := len(content[sectionTexts]), len(content[sectionTenantTexts]); n != 1 || m != 1 {
			t.Errorf("%d texts are kept as ours and %d as those of others", n, m)
		}
		if n, m := len(content[sectionPhases]), len(content[sectionTenantPhases]); n != 2 || m != 1 {
			t.Errorf("%d phases are kept as ours and %d as those of others", n, m)
		}
		if diff := cmp.Diff([]string{sectionTexts, SectionEvictions, sectionPhases, SectionMarks, sectionLessons, sectionTenantTexts, sectionTenantPhases}, Sections()); diff != "" {
			t.Errorf("order of importance (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(w.rules.good, TextsOf(content)); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
	})
}
