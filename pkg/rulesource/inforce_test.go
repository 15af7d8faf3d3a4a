package rulesource

import (
	"fmt"
	"testing"
	"testing/synctest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

func TestEachTextThatIsInForceIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world(configMap("a", "x=1 y=1"), configMap("a", "p~heat", inNamespace("no")))))
		r.wantGood()
		r.Announce(true)
		r.settle()
		r.wantGood("2 rules of k.yaml are in force.")
		r.apply(configMap("a", "x=1 y=2"))
		r.wantGood("2 rules of k.yaml are in force.")
		r.apply(configMap("a", "x=1 y=2", annotated("true")))
		r.wantGood()
		r.apply(configMap("a", "x=1 y=3 bad"))
		r.wantGood()
		r.apply(configMap("a", "x=1 y=2"))
		r.wantGood("2 rules of k.yaml are in force.")
		r.apply(configMap("b", "x=2", func(cm *corev1.ConfigMap) { cm.CreationTimestamp = metav1.Unix(200, 0) }))
		r.wantGood("1 rule of k.yaml is in force.", "1 rule of k.yaml is in force.")
		r.apply(configMap("t", "x=1", inNamespace("yes")))
		r.wantGood("1 rule of k.yaml is in force.")
		r.remove("b")
		r.wantGood("2 rules of k.yaml are in force.")
	})
}

func TestGoodNewsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		objects := []runtime.Object{}
		for i := range mostGood + 5 {
			objects = append(objects, configMap(fmt.Sprintf("a%02d", i), fmt.Sprintf("x%d=1", i)))
		}
		r := start(t, options(fake.NewClientset(append(objects, configMap("z", "bad"))...)))
		r.Announce(true)
		r.settle()
		got := r.told()
		if len(got) != mostGood+1 || got[mostGood] != "Warning RulesRejected ours/z/k.yaml:1:1: bad; mend it\nNothing of this key is in force." {
			t.Errorf("%d events: %q", len(got), got)
		}
		r.apply(configMap("a24", "x24=2"))
		r.wantGood("1 rule of k.yaml is in force.")
	})
}

func TestGoodNewsOfAllNamespacesAreBounded(t *testing.T) {
	var news []note
	for i := range 15 * mostGood {
		n := note{reason: reasonInForce}
		n.object.Namespace = fmt.Sprint(i / mostGood)
		news = append(news, n)
	}
	news = append(news, note{reason: reasonRejected})
	if got := withoutTooMuchGood(news); len(got) != mostGoodAll+1 {
		t.Errorf("%d are told", len(got))
	}
}

func TestTheWordsOfWhatIsInForce(t *testing.T) {
	for want, defined := range map[string]map[kind]int{
		"k is read, and nothing of it is in force.":             {},
		"1 metric of k is in force.":                            {metric: 1},
		"2 rules and 1 preference of k are in force.":           {rule: 2, preference: 1},
		"1 metric, 1 rule and 3 preferences of k are in force.": {metric: 1, rule: 1, preference: 3},
		"1 rule and 1 preference of k are in force.":            {rule: 1, preference: 1},
	} {
		if got := countWords(defined, "k"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
