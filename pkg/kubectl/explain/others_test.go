package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

func TestTheReasonsOfOtherPluginsAreFound(t *testing.T) {
	groups := []v1alpha1.Group{{Verdict: "Takes"}, {Reason: "node(s) broke telemetry rule hot (heat > 70 or cpu > 95, percent)"}}
	for name, tc := range map[string]struct {
		message string
		want    []string
	}{
		"beside telemetry, the most first": {
			"0/9 nodes are available: 1 Insufficient cpu, 3 node(s) broke telemetry rule hot (heat > 70 or cpu > 95, percent), 5 node(s) had untolerated taint(s).",
			[]string{"5 node(s) had untolerated taint(s)", "1 Insufficient cpu"},
		},
		"telemetry alone": {"0/3 nodes are available: 3 node(s) broke telemetry rule hot (heat > 70 or cpu > 95, percent).", []string{}},
		"what telemetry says no more": {
			"0/3 nodes are available: 1 Insufficient memory, 2 node(s) would break telemetry rule gone (cpu > 1 percent).",
			[]string{"1 Insufficient memory"},
		},
		"what telemetry says no more of nodes that it knew nothing of": {
			"0/3 nodes are available: 1 Insufficient memory, 2 node(s) had unknown telemetry for rule gone (cpu > 1 percent).",
			[]string{"1 Insufficient memory"},
		},
		"preemption": {
			"0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
			[]string{"1 Insufficient cpu", "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod"},
		},
		"something else altogether": {"no nodes available to schedule pods", []string{"no nodes available to schedule pods"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, notTelemetry(tc.message, groups)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereThereIsNoConditionTheNewestEventTells(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"}}
	said := func(name, message string, second int64) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Reason: "FailedScheduling", Message: message,
			InvolvedObject: corev1.ObjectReference{UID: "1"}, LastTimestamp: metav1.Unix(second, 0),
		}
	}
	core := fake.NewClientset(pod, said("b", "newer", 20), said("a", "older", 10)).CoreV1()
	about := v1alpha1.Pod{Namespace: "shop", Name: "web"}
	got, err := othersOf(t.Context(), core, about, nil)
	if err != nil || got == nil || got.Message != "newer" || got.At.Unix() != 20 {
		t.Errorf("got %+v, %v", got, err)
	}
	about.Node = "n"
	if got, err := othersOf(t.Context(), core, about, nil); got != nil || err != nil {
		t.Errorf("of a pod that has its node: %+v, %v", got, err)
	}
}

func TestTheNamespaceOfTheCommandLineIsThatOfWhatNamesNone(t *testing.T) {
	for name, tc := range map[string]struct{ text, namespace, want string }{
		"none":              {"kind: Pod\n", "shop", `{"kind":"Pod","metadata":{"namespace":"shop"}}`},
		"one of its own":    {"kind: Pod\nmetadata: {namespace: own}\n", "shop", ""},
		"the default":       {"kind: Pod\n", "default", ""},
		"several documents": {"kind: Pod\n---\nkind: Pod\n", "shop", ""},
		"no object":         {"- 1\n", "shop", ""},
		"no YAML":           {"a: [", "shop", ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := tc.want
			if want == "" {
				want = tc.text
			}
			if got := string(inNamespace([]byte(tc.text), tc.namespace)); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
