package rulesource

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestTheReportSaysHowEverythingWasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newer := configMap("c", "x=3", func(cm *corev1.ConfigMap) { cm.CreationTimestamp = metav1.Unix(200, 0) })
		r := start(t, options(fake.NewClientset(
			configMap("a", "x=1"), configMap("b", "bad", annotated("yes")), newer, configMap("d", "y=1", renamed("rules.yml")), configMap("e", "z=1", labelled("yes")), pauseMap("yes"))))
		r.apply(configMap("a", "x=2 bad"))
		unit := func(name string) Unit { return Unit{"ours", name, "k.yaml"} }
		mistake := func(name string, line int) []rules.Mistake {
			return []rules.Mistake{{File: unit(name).String(), Line: line, Column: 1, Message: "bad", Mend: "mend it"}}
		}
		got := r.Report()
		if diff := cmp.Diff([]KeyReport{
			{unit("a"), TextLastGood, mistake("a", 2)}, {unit("b"), TextNone, mistake("b", 1)}, {unit("c"), TextCurrent, nil},
		}, got.Keys); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if len(got.Unread) != 2 || got.Unread[0].File != "ours/d/rules.yml" || got.Unread[1].File != "ours/e" {
			t.Errorf("not read are %v", got.Unread)
		}
		if len(got.Conflicts) != 1 || got.Conflicts[0].Kind != "rule" || got.Conflicts[0].Loser.File != "ours/a/k.yaml" || got.Conflicts[0].Winner.File != "ours/c/k.yaml" {
			t.Errorf("conflicts are %+v", got.Conflicts)
		}
		if len(got.PauseMistakes) != 2 || got.PauseMistakes[0].Path != "block" || got.PauseMistakes[1].File != "ours/b" || got.PauseMistakes[1].Warning {
			t.Errorf("mistakes of the pause are %v", got.PauseMistakes)
		}
	})
}

func TestTheReportIsEmptyBeforeAnythingWasRead(t *testing.T) {
	if got := New(options(fake.NewClientset())).Report(); len(got.Keys)+len(got.Unread)+len(got.Conflicts)+len(got.PauseMistakes) > 0 {
		t.Errorf("the report is %+v", got)
	}
}

func TestTheReportTellsOfOtherNamespaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		Register()
		r := start(t, letting(t, world(
			configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes")), configMap("b", "bad", inNamespace("also")),
			configMap("c", "y=1", renamed("rules.yml"), inNamespace("yes")), configMap("a", "x=3", inNamespace("no")))))
		r.settle()
		got := r.Report()
		var keys []string
		for _, k := range got.Keys {
			keys = append(keys, k.String()+" "+string(k.InForce))
		}
		if diff := cmp.Diff([]string{"also/b/k.yaml none", "ours/a/k.yaml current", "yes/a/k.yaml current"}, keys); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if len(got.Unread) != 2 || got.Unread[0].File != "yes/c/rules.yml" || got.Unread[1].File != "no/a" {
			t.Errorf("not read are %v", got.Unread)
		}
	})
}
