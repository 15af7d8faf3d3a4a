package rulesource

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// running is a Source under way against a fake API server.
type running struct {
	*Source
	t      *testing.T
	client *fake.Clientset
	events chan string
	log    klog.Logger
}

func options(client *fake.Clientset) Options {
	return Options{Client: client, Namespace: "ours", Recorder: events.NewFakeRecorder(100)}
}

// fakeRead reads the language of fakeParse.
func fakeRead(file string, data []byte, opts rules.Options) (*rules.Document, []rules.Mistake) {
	document, mistakes := fakeParse(file, string(data), opts.Metrics)
	for i := range document.Rules {
		document.Rules[i].Namespace = opts.Namespace
	}
	for i := range document.Preferences {
		document.Preferences[i].Namespace = opts.Namespace
	}
	return document, mistakes
}

// start runs a Source in a synctest bubble until the test ends.
func start(t *testing.T, opts Options) *running { return startReading(t, opts, fakeRead) }

func startReading(t *testing.T, opts Options, read readFunc) *running {
	s := newSource(opts, read)
	log := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.Verbosity(0), ktesting.BufferLogs(true)))
	ctx, stop := context.WithCancel(klog.NewContext(t.Context(), log))
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	r := &running{Source: s, t: t, client: opts.Client.(*fake.Clientset), events: opts.Recorder.(*events.FakeRecorder).Events, log: log}
	r.settle()
	return r
}

// settle lets notifications and the debounce pass.
func (r *running) settle() {
	time.Sleep(2 * time.Second) // the clock of the synctest bubble
	synctest.Wait()
}

func (r *running) wantRules(want string) {
	r.t.Helper()
	var got []string
	for _, rule := range r.Set().Rules {
		got = append(got, rule.Key().String()+"="+rule.Description)
	}
	if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
		r.t.Errorf("rules in force (-want +got):\n%s", diff)
	}
}

// wantEvents compares what was told since the last look, but for the good news.
func (r *running) wantEvents(want ...string) {
	r.t.Helper()
	got := slices.DeleteFunc(r.told(), isGood)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// wantGood compares the good news that were told since the last look, and drops all
// others.
func (r *running) wantGood(want ...string) {
	r.t.Helper()
	got := slices.DeleteFunc(r.told(), func(event string) bool { return !isGood(event) })
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], goodNews)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.t.Errorf("good news (-want +got):\n%s", diff)
	}
}

const goodNews = "Normal RulesInForce "

func isGood(event string) bool { return strings.HasPrefix(event, goodNews) }

func (r *running) told() (out []string) {
	for len(r.events) > 0 {
		out = append(out, <-r.events)
	}
	return out
}

func (r *running) apply(cm *corev1.ConfigMap) {
	r.t.Helper()
	maps := r.client.CoreV1().ConfigMaps(cm.Namespace)
	_, err := maps.Update(r.t.Context(), cm, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(r.t.Context(), cm, metav1.CreateOptions{})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func (r *running) remove(name string) {
	r.t.Helper()
	if err := r.client.CoreV1().ConfigMaps("ours").Delete(r.t.Context(), name, metav1.DeleteOptions{}); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

// configMap builds a rule ConfigMap with one key, k.yaml.
func configMap(name, body string, change ...func(*corev1.ConfigMap)) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ours", Name: name, UID: types.UID(name), CreationTimestamp: metav1.Unix(100, 0),
			Labels: map[string]string{rules.LabelRules: "true"},
		},
		Data: map[string]string{"k.yaml": body},
	}
	for _, c := range change {
		c(cm)
	}
	return cm
}

func pauseMap(block string) *corev1.ConfigMap {
	return configMap("telemetry-scheduler-pause", "", func(cm *corev1.ConfigMap) {
		cm.Labels = nil
		cm.Data = map[string]string{"block": block}
	})
}

func unlabelled(cm *corev1.ConfigMap) { cm.Labels = nil }

func TestEditsTakeEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.wantRules("x=1")
		r.apply(configMap("a", "x=2"))
		r.wantRules("x=2")
		r.apply(configMap("b", "y=1"))
		r.wantRules("x=2 y=1")
		r.apply(configMap("b", "y=1 bad"))
		r.wantRules("x=2 y=1")
		r.remove("b")
		r.wantRules("x=2")
	})
}

func TestTheLabelPutsRulesInForceAndTakesThemOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1", unlabelled))))
		r.wantRules("")
		r.apply(configMap("a", "x=1"))
		r.wantRules("x=1")
		r.apply(configMap("a", "x=1", func(cm *corev1.ConfigMap) { cm.Labels[rules.LabelRules] = "other" }))
		r.wantRules("")
	})
}

func TestOtherKeysAreNotRulesAndBinaryOnesAreMistakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cm := configMap("a", "x=1")
		cm.Data["README.md"] = "bad"
		cm.BinaryData = map[string][]byte{"b.yaml": []byte("bad"), "b.bin": []byte("bad")}
		r := start(t, options(fake.NewClientset(cm)))
		r.Announce(true)
		r.settle()
		r.wantRules("x=1")
		r.wantEvents("Warning RulesRejected ours/a/b.yaml:1:1: bad; mend it\nNothing of this key is in force.")
	})
}

func TestADeletionThatTheWatchMissedIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.rules.GetIndexer().Delete(configMap("a", "x=1"))
		wake(r.dirty) // as a tombstone would
		r.settle()
		r.wantRules("")
	})
}

func TestEachMistakeIsSaidOnceAndItsMendingToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.Announce(true)
		r.settle()
		r.wantEvents()
		r.apply(configMap("a", "x=2 bad"))
		r.wantEvents("Warning RulesRejected ours/a/k.yaml:2:1: bad; mend it\nThe last good text of this key stays in force.")
		r.apply(configMap("b", "y=1"))
		r.wantEvents()
		r.apply(configMap("a", "x=2"))
		r.wantEvents("Normal RulesMended ours/a/k.yaml is mended and in force.")
		r.apply(configMap("a", "x=2 odd"))
		r.wantEvents("Warning RulesWarning ours/a/k.yaml:2:1: warning: odd; mend it\nThe key is in force all the same.")
	})
}

func TestANameTakenByANewerConfigMapIsSaidOnTheLoser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newer := configMap("b", "x=2", func(cm *corev1.ConfigMap) { cm.CreationTimestamp = metav1.Unix(200, 0) })
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"), newer)))
		r.Announce(true)
		r.settle()
		r.wantRules("x=2")
		r.wantEvents(`Warning RuleNameTaken ours/a/k.yaml:1:1: rule "x" is defined differently by the newer ConfigMap b (key k.yaml), whose definition is in force; give one of them another name, or remove one.`)
	})
}

func TestOnlyTheAnnouncerSpeaksAndANewOneSaysWhatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "bad"))))
		r.wantEvents()
		for range 2 {
			r.Announce(true)
			r.settle()
			r.wantEvents("Warning RulesRejected ours/a/k.yaml:1:1: bad; mend it\nNothing of this key is in force.")
			r.Announce(false)
			r.settle()
		}
	})
}

func TestLastGoodTextsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		opts := options(fake.NewClientset(configMap("a", "bad")))
		opts.Seed = append(first.GoodTexts(), GoodText{Unit: Unit{"ours", "gone", "k.yaml"}, Text: "y=1"})
		second := start(t, opts)
		second.wantRules("x=1")
		want := []GoodText{{Unit: Unit{"ours", "a", "k.yaml"}, UID: "a", Text: "x=1"}}
		if diff := cmp.Diff(want, second.GoodTexts()); diff != "" {
			t.Errorf("texts to keep (-want +got):\n%s", diff)
		}
	})
}

func TestASchedulerThatMayNotReadItsRulesKeepsTheLastOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		client.PrependReactor("list", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "", fmt.Errorf("no role"))
		})
		opts := options(client)
		opts.Seed = []GoodText{{Unit: Unit{"ours", "a", "k.yaml"}, UID: "a", Text: "x=1"}}
		r := start(t, opts)
		r.wantRules("x=1")
		select {
		case <-r.Loaded():
			t.Error("the rules count as loaded")
		default:
		}
	})
}

func TestTheStopButtonActsAndLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.Announce(true)
		r.apply(pauseMap("true"))
		if diff := cmp.Diff(rules.Pause{Block: true}, r.Set().Pause); diff != "" {
			t.Errorf("pause (-want +got):\n%s", diff)
		}
		r.apply(pauseMap("bad"))
		if diff := cmp.Diff(rules.Pause{Unread: true}, r.Set().Pause); diff != "" {
			t.Errorf("unreadable pause (-want +got):\n%s", diff)
		}
		r.wantEvents("Normal PausePressed Blocking is paused until somebody ends it.",
			"Warning PauseRejected ours/telemetry-scheduler-pause: \"block\" is \"bad\" and pauses nothing: rules keep pods off until the word is \"true\"; write block: \"true\", or block: \"false\"\n"+
				"NOTHING is paused but eviction: rules keep pods off.")
		r.remove("telemetry-scheduler-pause")
		if diff := cmp.Diff(rules.Pause{}, r.Set().Pause); diff != "" {
			t.Errorf("no pause (-want +got):\n%s", diff)
		}
		r.wantRules("x=1")
	})
}

func TestAnApplyOfManyConfigMapsIsOneChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset()))
		<-r.Changed()
		before := r.Set()
		for i := range 50 {
			cm := configMap(fmt.Sprintf("a%d", i), fmt.Sprintf("x%d=1", i))
			if _, err := r.client.CoreV1().ConfigMaps("ours").Create(t.Context(), cm, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if r.Set() != before {
			t.Error("the set changed before the apply was over")
		}
		r.settle()
		if n := len(r.Set().Rules); n != 50 {
			t.Errorf("%d rules in force, want 50", n)
		}
		<-r.Changed()
		select {
		case <-r.Changed():
			t.Error("there was a second change")
		default:
		}
	})
}

func TestATextIsParsedOnceHoweverOftenOthersChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, count := options(fake.NewClientset(configMap("a", "x=1"))), 0
		r := startReading(t, opts, func(file string, data []byte, o rules.Options) (*rules.Document, []rules.Mistake) {
			if file == "ours/a/k.yaml" {
				count++
			}
			return fakeRead(file, data, o)
		})
		for i := range 5 {
			r.apply(configMap("b", fmt.Sprintf("y=%d", i)))
		}
		if count != 1 {
			t.Errorf("parsed %d times", count)
		}
	})
}

func TestTheRealParserIsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const file = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  actions: {block: {}}\n"
		opts := options(fake.NewClientset(configMap("a", file), configMap("b", strings.Replace(file, "memory", "memori", 1))))
		opts.Rules = rules.Options{Metrics: rules.Builtins(time.Second, time.Minute)}
		r := startReading(t, opts, rules.Parse)
		r.Announce(true)
		r.settle()
		set := r.Set()
		if len(set.Rules) != 1 || set.Rules[0].Name != "hot" || len(set.Metrics) != 5 {
			t.Errorf("set: %+v", set)
		}
		if told := r.told(); len(told) != 2 || told[0] != goodNews+"1 rule of k.yaml is in force." || !strings.HasPrefix(told[1], "Warning RulesRejected ours/b/k.yaml:5:18: ") {
			t.Errorf("events %q", told)
		}
	})
}

func TestATouchThatChangesNothingChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		before := r.Set()
		r.apply(configMap("a", "x=1", func(cm *corev1.ConfigMap) { cm.Annotations = map[string]string{"touched": "yes"} }))
		if r.Set() != before {
			t.Error("an annotation of somebody else made another set of rules")
		}
		r.apply(configMap("a", "x=2"))
		if r.Set() == before {
			t.Error("an edit went unnoticed")
		}
	})
}

func TestARuleIsReferredToByItsConfigMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		want := &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ours", Name: "a", UID: "a", FieldPath: "rules[x]"}
		rule := r.Set().Rules[0]
		got := r.Reference(rule.Origin, "rules[x]")
		got.ResourceVersion = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reference (-want +got):\n%s", diff)
		}
		r.remove("a")
		if got := r.Reference(rule.Origin, "rules[x]"); got != nil {
			t.Errorf("reference to a deleted ConfigMap: %v", got)
		}
	})
}
