package rulesource

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2/ktesting"
)

// wantLog compares what was logged since the start, one line an entry.
func (r *running) wantLog(want ...string) {
	r.t.Helper()
	var got []string
	for _, entry := range r.log.GetSink().(ktesting.Underlier).GetBuffer().Data() {
		line := entry.Message
		for i := 0; i+1 < len(entry.ParameterKVList); i += 2 {
			line += fmt.Sprintf(" %v=%v", entry.ParameterKVList[i], entry.ParameterKVList[i+1])
		}
		if entry.Message != "Other rules are in force" {
			got = append(got, strings.ReplaceAll(line, "\n", " | "))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestTheLogHoldsEachChangeOnceInEveryReplica(t *testing.T) {
	const (
		rejected = "A key of rules is rejected configMap=ours/a key=k.yaml because=ours/a/k.yaml:2:1: bad; mend it effect="
		taken    = `ours/a/k.yaml:1:1: rule "x" is defined differently by the newer ConfigMap b (key k.yaml), whose definition is in force; give one of them another name, or remove one.`
		unclear  = `ours/telemetry-scheduler-pause: "block" is "bad" and pauses nothing: rules keep pods off until the word is "true"; write block: "true", or block: "false"`
	)
	for sentence, tc := range map[string]struct {
		edits []*corev1.ConfigMap
		want  []string
	}{
		"good rules are no news": {[]*corev1.ConfigMap{configMap("a", "x=2")}, nil},
		"a key is rejected and mended": {
			[]*corev1.ConfigMap{configMap("a", "x=2 bad"), configMap("c", "y=1"), configMap("a", "x=2")},
			[]string{rejected + "The last good text of this key stays in force.", "A key of rules is mended and in force configMap=ours/a key=k.yaml"}},
		"all mistakes are logged, and errors before warnings": {
			[]*corev1.ConfigMap{configMap("c", "odd bad")},
			[]string{"A key of rules is rejected configMap=ours/c key=k.yaml because=ours/c/k.yaml:2:1: bad; mend it | ours/c/k.yaml:1:1: warning: odd; mend it effect=Nothing of this key is in force."}},
		"a name is taken": {
			[]*corev1.ConfigMap{configMap("b", "x=2", func(cm *corev1.ConfigMap) { cm.CreationTimestamp = metav1.Unix(200, 0) })},
			[]string{"The name of a rule is taken by a newer ConfigMap configMap=ours/a key=k.yaml rule=x because=" + taken}},
		"a key is not read": {
			[]*corev1.ConfigMap{configMap("c", "x=1", renamed("k.yml"))},
			[]string{`There is a warning about rules configMap=ours/c key=k.yml because=ours/c/k.yml: keys of rules end in .yaml, and this one does not; name it "k.yaml" effect=Nothing of this key is in force.`}},
		"the stop button is pressed, pressed again and let go": {
			[]*corev1.ConfigMap{pauseMap("true"), pauseMap("true"), pauseMap("false")},
			[]string{"The stop button was used blockPaused=true evictPaused=false", "The stop button was released blockPaused=false evictPaused=false"}},
		"the stop button is misspelt": {
			[]*corev1.ConfigMap{pauseMap("bad")},
			[]string{"The stop button was used blockPaused=false evictPaused=true",
				"The stop button cannot be read in full configMap=ours/telemetry-scheduler-pause because=" + unclear + " effect=NOTHING is paused but eviction: rules keep pods off."}},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
				for _, edit := range tc.edits {
					r.apply(edit)
				}
				r.wantLog(tc.want...)
				r.wantEvents()
			})
		})
	}
}

func TestTheLogNamesRulesThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1 y=1"))))
		r.apply(configMap("a", "y=2 z=1"))
		r.apply(configMap("a", "y=3 z=1"))
		r.remove("a")
		var got []string
		for _, entry := range r.log.GetSink().(ktesting.Underlier).GetBuffer().Data() {
			if entry.Message == "Other rules are in force" {
				got = append(got, fmt.Sprint(entry.ParameterKVList...))
			}
		}
		want := []string{"newx, ygone inForce2", "newzgonexinForce2", "newgoney, zinForce0"}
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], " ", "")
		}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], " ", "")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}
