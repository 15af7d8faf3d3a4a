package rulesource

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// kept counts the bytes of what is kept of ConfigMaps of other namespaces.
func (r *running) kept() (bytes int) {
	for _, obj := range r.tenants.maps.GetStore().List() {
		b, _ := json.Marshal(obj)
		bytes += len(b)
	}
	for _, cm := range r.tenants.fetched {
		b, _ := json.Marshal(cm)
		bytes += len(b)
	}
	return bytes
}

// bulky has a mebibyte in every place where something can be.
func bulky(cm *corev1.ConfigMap) {
	most := strings.Repeat("#", 1<<20)
	cm.Annotations = map[string]string{"note": most, rules.AnnotationPaused: most}
	cm.Labels["other"] = most
	cm.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: most}}
	cm.Data["no-rules"], cm.Data["like"] = most, "apiVersion: "+rules.Group+"/v1\n"+most
	cm.BinaryData = map[string][]byte{"binary": []byte(most)}
	for i := range 1000 {
		cm.Data[fmt.Sprintf("k%04d.yml", i)] = "x"
	}
}

// TestWhatNobodyMayWriteIsNotKept counts what ten ConfigMaps of three mebibytes and more
// leave in memory.
func TestWhatNobodyMayWriteIsNotKept(t *testing.T) {
	for sentence, where := range map[string]func(*corev1.ConfigMap){
		"in a namespace that may have no rules": inNamespace("no"),
		"with the label of another release":     func(cm *corev1.ConfigMap) { inNamespace("yes")(cm); labelled("blue")(cm) },
		"with a label that is a slip":           func(cm *corev1.ConfigMap) { inNamespace("yes")(cm); labelled("True")(cm) },
		"with more text than is read":           inNamespace("yes"),
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, letting(t, world(configMap("a", "x=1"))))
				for i := range 10 {
					r.apply(configMap(fmt.Sprintf("junk-%d", i), strings.Repeat("#", 1<<20), bulky, where))
				}
				if n := r.kept(); n > 10*4<<10 {
					t.Errorf("%d KiB are kept", n>>10)
				}
				r.wantRules("x=1")
			})
		})
	}
}

func TestOfOneNamespaceSoMuchIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world(configMap("a", "x=1", inNamespace("also")))))
		for i := range 40 {
			r.apply(configMap(fmt.Sprintf("m-%02d", i), "bad "+strings.Repeat("#", mostHeld/10), inNamespace("yes")))
		}
		if n := r.kept(); n > mostHeld+40<<10 {
			t.Errorf("%d KiB are kept, want about %d", n>>10, mostHeld>>10)
		}
		r.wantRules("also/x=1")
		for i := range 40 {
			r.removeIn("yes", fmt.Sprintf("m-%02d", i))
		}
		if r.tenants.hoard.total != leastHeld || len(r.tenants.hoard.held) != 1 {
			t.Errorf("after they were deleted %d bytes count as held: %v", r.tenants.hoard.total, r.tenants.hoard.held)
		}
	})
}

func (r *running) removeIn(namespace, name string) {
	r.t.Helper()
	if err := r.client.CoreV1().ConfigMaps(namespace).Delete(r.t.Context(), name, metav1.DeleteOptions{}); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

// TestAnOlderConfigMapIsReadAlthoughNewerOnesFilledTheCache fetches what the cache had
// no room for: what is in force does not depend on the order in which it came.
func TestAnOlderConfigMapIsReadAlthoughNewerOnesFilledTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world()))
		for i := range 4 {
			r.apply(configMap(fmt.Sprintf("new-%d", i), strings.Repeat(" ", mostHeld/4-100)+"bad", inNamespace("yes"), func(cm *corev1.ConfigMap) {
				cm.CreationTimestamp = metav1.Unix(200, 0)
			}))
		}
		r.apply(configMap("old", "x=1"+strings.Repeat(" ", 8<<10), inNamespace("yes")))
		r.wantRules("yes/x=1")
		r.Announce(true)
		r.settle()
		var last string
		for len(r.events) > 0 {
			if e := <-r.events; strings.Contains(e, reasonRejected) {
				last = e
			}
		}
		want := "Warning RulesRejected yes/new-3/k.yaml: with the 130981 bytes of this ConfigMap namespace yes has more than the 524288 bytes of rules that are read, counting 4096 at least for each, " +
			"or all namespaces together more than 8388608; write less, or remove what is not needed\nNothing of this key is in force."
		if diff := cmp.Diff(want, last); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsSelectedLaterIsFetchedAndForgottenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := world(configMap("a", "x=1", inNamespace("no")))
		r := start(t, letting(t, client))
		var forbidden atomic.Bool
		forbidden.Store(true)
		client.PrependReactor("list", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
			return forbidden.Load() && action.GetNamespace() == "no", nil, errors.New("no answer")
		})
		r.label("no", true)
		r.wantRules("")
		forbidden.Store(false)
		time.Sleep(tenantsPatience)
		r.settle()
		r.wantRules("no/x=1")
		r.apply(configMap("a", "x=2", inNamespace("no")))
		r.wantRules("no/x=2")
		r.label("no", false)
		r.wantRules("")
		if len(r.tenants.fetched) != 0 {
			t.Errorf("kept: %v", r.tenants.fetched)
		}
	})
}

func TestManyConfigMapsThatAreSelectedLaterAreFetchedBitByBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := world()
		for i := range 3 * mostFetches {
			if err := client.Tracker().Add(configMap(fmt.Sprintf("m-%02d", i), "x=1", inNamespace("no"))); err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, letting(t, client))
		client.ClearActions()
		r.label("no", true)
		time.Sleep(10 * time.Second)
		r.settle()
		if n := len(client.Actions()); n != 3*mostFetches+1 {
			t.Errorf("there were %d requests, want one for each ConfigMap", n)
		}
		r.wantRules("no/x=1")
	})
}

func TestTheLastGoodTextStandsUntilTheConfigMapIsFetched(t *testing.T) {
	cm := configMap("a", "", inNamespace("yes"))
	good := GoodText{Unit: Unit{"yes", "a", "k.yaml"}, UID: cm.UID, Text: "x=1"}
	other := GoodText{Unit: Unit{"yes", "a", "l.yaml"}, UID: "another life", Text: "x=2"}
	got := remembered(cm, map[Unit]GoodText{good.Unit: good, other.Unit: other})
	if len(got) != 1 || got[0].GoodText != good {
		t.Errorf("texts: %v", got)
	}
}

func TestASketchOfASketchIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world()))
		for _, cm := range []*corev1.ConfigMap{
			configMap("a", "x=1", inNamespace("yes"), annotated("true")), configMap("a", "x=1", inNamespace("no"), bulky),
			configMap("a", "x=1", inNamespace("yes"), labelled("yes"), bulky), configMap("a", "x=1", inNamespace("yes"), labelled("blue")),
		} {
			once, _ := r.tenants.sketch(cm.DeepCopy())
			twice, _ := r.tenants.sketch(once.(*corev1.ConfigMap).DeepCopy())
			if diff := cmp.Diff(once, twice); diff != "" {
				t.Errorf("the second differs:\n%s", diff)
			}
		}
	})
}

func TestAnotherConfigMapOfTheNameTakesThePlaceOfTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world()))
		for i := range 5 {
			r.apply(configMap("a", "x=1", inNamespace("yes"), func(cm *corev1.ConfigMap) { cm.UID = types.UID(fmt.Sprint(i)) }))
		}
		if n := r.tenants.hoard.total; n != leastHeld {
			t.Errorf("%d bytes count as held, want %d", n, leastHeld)
		}
	})
}
