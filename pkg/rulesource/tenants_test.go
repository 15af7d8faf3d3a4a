package rulesource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// namespace is one that may have rules, or may not.
func namespace(name string, may bool) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"rules": fmt.Sprint(may)}}}
}

func inNamespace(name string) func(*corev1.ConfigMap) {
	return func(cm *corev1.ConfigMap) { cm.Namespace, cm.UID = name, cm.UID+"-of-"+cm.UID }
}

// world is a cluster in which the namespace yes may have rules and no may not.
func world(objects ...runtime.Object) *fake.Clientset {
	return fake.NewClientset(append(objects, namespace("ours", true), namespace("yes", true), namespace("also", true), namespace("no", false))...)
}

// letting lets namespaces have two rules and one preference.
func letting(t *testing.T, client *fake.Clientset) Options {
	factory := informers.NewSharedInformerFactory(client, 0)
	opts := options(client)
	opts.Tenants = &Tenants{
		Selector: labels.SelectorFromSet(labels.Set{"rules": "true"}), Namespaces: factory.Core().V1().Namespaces(),
		Limits: Limits{Each: Counts{Rules: 2, Preferences: 1, Terms: 10}, Together: Counts{Rules: 5, Preferences: 5, Terms: 50}},
	}
	factory.Core().V1().Namespaces().Informer()
	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	factory.WaitForCacheSync(t.Context().Done())
	return opts
}

func (r *running) label(name string, may bool) {
	r.t.Helper()
	if _, err := r.client.CoreV1().Namespaces().Update(r.t.Context(), namespace(name, may), metav1.UpdateOptions{}); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func (r *running) wantKeys(text string, want float64) {
	r.t.Helper()
	got, err := testutil.GetGaugeMetricValue(tenantKeyCount.WithLabelValues(text))
	if err != nil || got != want {
		r.t.Errorf("%v keys of other namespaces count as %s (%v), want %v", got, text, err, want)
	}
}

const notAllowedEvent = "Warning RulesNotAllowed no/a: namespace no may have no rules of its own: its labels do not fit the selector \"rules=true\"; " +
	"ask whoever runs the scheduler, whose argument \"namespaces\" that is, or whoever may label the namespace\nNothing of this ConfigMap is in force."

func TestOnlySelectedNamespacesHaveRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		Register()
		r := start(t, letting(t, world(configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes")), configMap("a", "x=3", inNamespace("no")))))
		r.Announce(true)
		r.settle()
		r.wantRules("x=1 yes/x=2")
		r.wantEvents(notAllowedEvent)
		r.wantKeys("current", 1)
		r.wantKeys("not-allowed", 1)

		r.label("no", true)
		r.wantRules("x=1 no/x=3 yes/x=2")
		r.wantEvents("Normal RulesAllowed Namespace no may have rules of its own now, and this ConfigMap is read.")
		r.label("no", false)
		r.wantRules("x=1 yes/x=2")
		r.wantEvents(notAllowedEvent)
		r.label("yes", false)
		r.wantRules("x=1")
		if texts := r.GoodTexts(); len(texts) != 1 || texts[0].Namespace != "ours" {
			t.Errorf("texts to keep: %v", texts)
		}
	})
}

func TestWithoutTheArgumentNothingElsewhereIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := options(world(configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes"))))
		opts.Seed = []GoodText{{Unit: Unit{"yes", "a", "k.yaml"}, UID: "a", Text: "y=1"}}
		if set := newSource(opts, fakeRead).Set(); len(set.Rules) != 0 {
			t.Errorf("rules of a former run that had the argument: %v", set.Rules)
		}
		r := start(t, opts)
		r.Announce(true)
		r.settle()
		r.wantRules("x=1")
		r.wantEvents()
		for _, action := range r.client.Actions() {
			if action.GetNamespace() != "ours" {
				t.Errorf("it asked to %s %s in namespace %q", action.GetVerb(), action.GetResource().Resource, action.GetNamespace())
			}
		}
	})
}

func TestTheWatchOnOtherNamespacesLeavesOursOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world()))
		var selectors []string
		for _, action := range r.client.Actions() {
			if list, is := action.(clienttesting.ListAction); is && action.GetNamespace() == "" && action.GetResource().Resource == "configmaps" {
				selectors = append(selectors, list.GetListRestrictions().Labels.String()+" "+list.GetListRestrictions().Fields.String())
			}
		}
		if diff := cmp.Diff([]string{rules.LabelRules + " metadata.namespace!=ours"}, selectors); diff != "" {
			t.Errorf("selectors (-want +got):\n%s", diff)
		}
	})
}

// realFile is a text for the real parser: the fake one knows no metrics of others.
func realFile(lines ...string) string {
	return "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n" + strings.Join(lines, "\n") + "\n"
}

func startReal(t *testing.T, client *fake.Clientset) *running {
	opts := letting(t, client)
	opts.Rules = rules.Options{Metrics: rules.Builtins(time.Second, time.Minute)}
	r := startReading(t, opts, rules.Parse)
	r.Announce(true)
	r.settle()
	return r
}

// keys are the names of the rules in force.
func (r *running) keys() string { return strings.Join(keysOf(r.Set()), " ") }

func TestTenantsUseTheMetricsOfTheClusterAndDefineNone(t *testing.T) {
	const (
		heat = "metrics: [{name: heat, unit: celsius, query: heat}]"
		own  = "metrics: [{name: heat, unit: celsius, query: mine}, {name: own, query: mine}]"
		hot  = "rules: [{name: hot, when: {metric: heat, above: 90}, actions: {block: {}}}]"
	)
	synctest.Test(t, func(t *testing.T) {
		cluster := func(lines ...string) *corev1.ConfigMap { return configMap("a", realFile(lines...)) }
		r := startReal(t, world(cluster(heat, hot), configMap("a", realFile(hot), inNamespace("yes")), configMap("a", realFile(own, hot), inNamespace("also"))))
		if diff := cmp.Diff("hot yes/hot", r.keys()); diff != "" {
			t.Errorf("rules in force (-want +got):\n%s", diff)
		}
		if m, own := r.Set().Metrics["heat"], r.Set().Metrics["own"]; m.Query != "heat" || own.Name != "" {
			t.Errorf("the metrics are %+v, %+v", m, own)
		}
		r.wantEvents("Warning RulesRejected also/a/k.yaml:3:1: rules of one namespace cannot define metrics; use those of the cluster's rules\nNothing of this key is in force.")
		r.apply(cluster(strings.Replace(heat, "celsius", "percent", 1)))
		if diff := cmp.Diff("", r.keys()); diff != "" {
			t.Errorf("rules in force after the metric became another one (-want +got):\n%s", diff)
		}
		r.apply(cluster(heat))
		if diff := cmp.Diff("yes/hot", r.keys()); diff != "" {
			t.Errorf("rules in force after it became the same again (-want +got):\n%s", diff)
		}
	})
}

func TestTheParserIsStrictWithTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := realFile("metrics:", "- {name: heat, query: heat}",
			"rules:", "- {name: hot, when: {metric: memory, above: 90%}, onUnknown: Block, namespaces: {}, actions: {block: {}}}")
		r := startReal(t, world(configMap("a", text, inNamespace("yes"))))
		if set := r.Set(); len(set.Rules) != 0 || len(set.Metrics) != 5 {
			t.Errorf("set: %+v", set)
		}
		event := <-r.events
		for _, want := range []string{"yes/a/k.yaml:3:1: rules of one namespace cannot define metrics", "6:62: a rule of one namespace cannot block", "6:69: a rule of one namespace governs that namespace"} {
			if !strings.Contains(event, want) {
				t.Errorf("the event does not say %q, but %q", want, event)
			}
		}
	})
}

func TestATenantsMistakesAreItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world(configMap("a", "x=1 y=1"), configMap("a", "x=2", inNamespace("also")), configMap("a", "x=3", inNamespace("yes")))))
		r.Announce(true)
		r.apply(configMap("a", "x=4 bad", inNamespace("yes")))
		r.wantRules("x=1 y=1 also/x=2 yes/x=3")
		r.wantEvents("Warning RulesRejected yes/a/k.yaml:2:1: bad; mend it\nThe last good text of this key stays in force.")
		r.apply(configMap("b", "y=1 z=1", inNamespace("yes")))
		r.wantRules("x=1 y=1 also/x=2 yes/x=3")
		r.wantEvents("Warning RulesRejected yes/b/k.yaml:2:1: with this key namespace yes has 3 rules (1 in a/k.yaml), and it may have 2; " +
			"remove 1, or ask whoever runs the scheduler to raise namespaceLimits.rules\nNothing of this key is in force.")
		r.apply(configMap("a", "x=5", inNamespace("yes"), annotated("true")))
		if rule := r.Set().Rules[3]; !rule.Paused || rule.Key().String() != "yes/x" {
			t.Errorf("the rule %+v is not paused", rule)
		}
	})
}

func TestAStopButtonElsewhereStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		button := pauseMap("true")
		button.Namespace = "yes"
		r := start(t, letting(t, world(button)))
		r.Announce(true)
		r.settle()
		r.wantEvents()
		button.Labels = map[string]string{rules.LabelRules: "true"}
		r.apply(button)
		r.wantEvents("Warning RulesWarning yes/telemetry-scheduler-pause: warning: the stop button is the ConfigMap of this name in namespace ours, and no other; " +
			"pause your own rules with the annotation telemetry-scheduler.io/paused\nNothing is paused or silenced.")
		if diff := cmp.Diff(rules.Pause{}, r.Set().Pause); diff != "" {
			t.Errorf("pause (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsTooMuchIsNotAllToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many := configMap("many", "", inNamespace("yes"))
		many.Data = map[string]string{}
		for i := range 500 {
			many.Data[fmt.Sprintf("k%03d.yaml", i)] = "bad"
		}
		r := start(t, letting(t, world(many, configMap("a", "bad"))))
		r.Announce(true)
		r.settle()
		if n := len(r.events); n != mostNotes+1 {
			t.Errorf("%d events, want %d and the one about the cluster's rules", n, mostNotes)
		}
	})
}

// forbidElsewhere lets the scheduler read ConfigMaps in its own namespace alone while
// it is true.
func forbidElsewhere(client *fake.Clientset, forbidden *atomic.Bool) {
	client.PrependReactor("list", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if !forbidden.Load() || action.GetNamespace() != "" {
			return false, nil, nil
		}
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "", fmt.Errorf("no role"))
	})
}

func TestWithoutTheRightToOtherNamespacesTheClustersRulesWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := world(configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes")), configMap("b", "y=2", inNamespace("also")))
		var forbidden atomic.Bool
		forbidden.Store(true)
		forbidElsewhere(client, &forbidden)
		opts := letting(t, client)
		opts.Seed = []GoodText{
			{Unit: Unit{"yes", "a", "k.yaml"}, UID: "a-of-a", Text: "x=seed"},
			{Unit: Unit{"yes", "gone", "k.yaml"}, UID: "g", Text: "g=seed"},
			{Unit: Unit{"no", "a", "k.yaml"}, UID: "a-of-a", Text: "x=seed"},
		}
		r := start(t, opts)
		r.wantRules("yes/g=seed yes/x=seed") // it waits a moment for the others
		time.Sleep(tenantsPatience)
		r.settle()
		select {
		case <-r.Loaded():
		default:
			t.Fatal("the rules do not count as loaded")
		}
		r.wantRules("x=1 yes/g=seed yes/x=seed")
		if keys := r.Report().Keys; len(keys) != 3 || keys[0].InForce != TextCurrent || keys[2].InForce != TextLastGood {
			t.Errorf("keys that cannot be read are reported as %v", keys)
		}
		r.apply(configMap("a", "x=4"))
		r.wantRules("x=4 yes/g=seed yes/x=seed")
		forbidden.Store(false)
		time.Sleep(time.Minute)
		r.settle()
		r.wantRules("x=4 also/y=2 yes/x=2")
	})
}

func TestBeforeNamespacesAreKnownAllTextsOfTheFormerRunStand(t *testing.T) {
	client := world()
	opts := options(client)
	opts.Tenants = &Tenants{Selector: labels.Everything(), Namespaces: informers.NewSharedInformerFactory(client, 0).Core().V1().Namespaces(), Limits: Limits{Each: Counts{Rules: 2}, Together: Counts{Rules: 2}}}
	opts.Seed = []GoodText{{Unit: Unit{"gone", "a", "k.yaml"}, UID: "a", Text: "x=seed"}}
	(&running{Source: newSource(opts, fakeRead), t: t}).wantRules("gone/x=seed")
}

func TestTenantsTextsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := start(t, letting(t, world(configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes")))))
		opts := letting(t, world(configMap("a", "x=1"), configMap("a", "bad", inNamespace("yes"))))
		opts.Seed = first.GoodTexts()
		second := start(t, opts)
		second.wantRules("x=1 yes/x=2")
		if diff := cmp.Diff(first.GoodTexts(), second.GoodTexts()); diff != "" {
			t.Errorf("texts to keep (-first +second):\n%s", diff)
		}
	})
}

func TestATenantsRuleIsReferredToByItsConfigMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world(configMap("a", "x=1"), configMap("a", "x=2", inNamespace("yes")))))
		var got []string
		for _, rule := range r.Set().Rules {
			if ref := r.Reference(rule.Origin, "rules[x]"); ref != nil {
				got = append(got, ref.Namespace+"/"+ref.Name+" "+string(ref.UID))
			}
		}
		if diff := cmp.Diff([]string{"ours/a a", "yes/a a-of-a"}, got); diff != "" {
			t.Errorf("references (-want +got):\n%s", diff)
		}
	})
}

func TestEditsElsewhereAreTakenInOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, letting(t, world(configMap("a", "x=0", inNamespace("yes")))))
		<-r.Changed()
		sets := map[*rules.RuleSet]bool{}
		for i := range 100 {
			cm := configMap("a", fmt.Sprintf("x=%d", i), inNamespace("yes"))
			if _, err := r.client.CoreV1().ConfigMaps("yes").Update(t.Context(), cm, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			sets[r.Set()] = true
		}
		if n := len(slices.Collect(maps.Keys(sets))); n > 11 {
			t.Errorf("there were %d sets of rules in 10 s", n)
		}
		r.settle()
		r.wantRules("yes/x=99")
	})
}

func TestWhereThereIsNoRoomForAllTheOlderNamespacesComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := world()
		for i, name := range []string{"zoo", "yes", "also"} { // zoo is the oldest
			ns := namespace(name, true)
			ns.CreationTimestamp = metav1.Unix(int64(i), 0)
			_ = client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("namespaces"), "", name)
			if err := client.Tracker().Add(ns); err != nil {
				t.Fatal(err)
			}
			if err := client.Tracker().Add(configMap("a", "x=1 y=1", inNamespace(name))); err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, letting(t, client))
		r.Announce(true)
		r.settle()
		r.wantRules("yes/x=1 yes/y=1 zoo/x=1 zoo/y=1")
		r.wantEvents("Warning RulesRejected also/a/k.yaml:2:1: with this key all namespaces together have 6 rules, and they may have 5; " +
			"remove 1, or ask whoever runs the scheduler to raise namespaceLimits.together.rules\nNothing of this key is in force.")
	})
}
