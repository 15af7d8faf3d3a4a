package rulesource

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestKeysThatLookLikeRulesAndAreNotRead(t *testing.T) {
	const text = "---\n# ours\n\napiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"
	for sentence, tc := range map[string]struct {
		key, body string
		unread    bool
	}{
		"the other ending of YAML":                      {"k.yml", "x=1", true},
		"the ending in capitals":                        {"k.YAML", "x=1", true},
		"rules under a name without an ending":          {"k", text, true},
		"rules that were set aside":                     {"k.yaml.bak", text, true},
		"rules in JSON":                                 {"k.json", "{\n \"apiVersion\": \"telemetry-scheduler.io/v1alpha1\"", true},
		"rules that begin with their kind":              {"k.txt", "kind: TelemetryRules\r\napiVersion: telemetry-scheduler.io/v1alpha1\r\n", true},
		"rules are read":                                {"k.yaml", text, false},
		"a text that shows rules further down is prose": {"README.md", "# Rules\nThese\nare\nours:\n" + text, false},
		"a file of somebody else's":                     {"dashboard.json", "{}", false},
		"nothing":                                       {"empty", "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			cm := &corev1.ConfigMap{Data: map[string]string{tc.key: tc.body}}
			if got := slices.Contains(unread(cm), tc.key); got != tc.unread {
				t.Errorf("unread: %v", got)
			}
			cm = &corev1.ConfigMap{BinaryData: map[string][]byte{tc.key: []byte(tc.body)}}
			if got := slices.Contains(unread(cm), tc.key); got != tc.unread {
				t.Errorf("unread in binary: %v", got)
			}
		})
	}
}

func TestWhatALabelIsMeantToSay(t *testing.T) {
	for sentence, tc := range map[string]struct {
		ours    string
		astray  []string
		foreign []string
	}{
		"what is true in YAML is meant for the release called true": {
			"true", []string{"True", "TRUE", "yes", "Yes", "on", "1", "y", ""}, []string{"blue", "false", "no", "truely"}},
		"another release is meant only in another case": {
			"blue", []string{"Blue", ""}, []string{"true", "yes", "green"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var all []*corev1.ConfigMap
			for _, value := range slices.Concat(tc.astray, tc.foreign, []string{tc.ours}) {
				all = append(all, configMap("a", "", labelled(value)))
			}
			ours, astray := divide(append(all, configMap("a", "", unlabelled)), tc.ours)
			if diff := cmp.Diff([]string{tc.ours}, valuesOf(ours)); diff != "" {
				t.Errorf("ours (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.astray, valuesOf(astray)); diff != "" {
				t.Errorf("astray (-want +got):\n%s", diff)
			}
		})
	}
}

func labelled(value string) func(*corev1.ConfigMap) {
	return func(cm *corev1.ConfigMap) { cm.Labels[rules.LabelRules] = value }
}

func valuesOf(maps []*corev1.ConfigMap) []string {
	var out []string
	for _, cm := range maps {
		out = append(out, cm.Labels[rules.LabelRules])
	}
	return out
}

func renamed(key string) func(*corev1.ConfigMap) {
	return func(cm *corev1.ConfigMap) { cm.Data[key] = cm.Data["k.yaml"]; delete(cm.Data, "k.yaml") }
}

func TestWhatIsNotReadIsSaid(t *testing.T) {
	for sentence, tc := range map[string]struct {
		cm     *corev1.ConfigMap
		want   []string
		unread float64
	}{
		"a key with another ending": {configMap("a", "x=1", renamed("k.yml")),
			[]string{"Warning RulesWarning ours/a/k.yml: keys of rules end in .yaml, and this one does not; name it \"k.yaml\"\nNothing of this key is in force."}, 1},
		"a key whose better name is taken": {configMap("a", "x=1", func(cm *corev1.ConfigMap) { cm.Data["k.yaml.yml"] = "x=2" }),
			[]string{"Warning RulesWarning ours/a/k.yaml.yml: keys of rules end in .yaml, and this one does not; give it such a name, or remove it\nNothing of this key is in force."}, 1},
		"a label with a capital": {configMap("a", "x=1", labelled("True")),
			[]string{"Warning RulesWarning ours/a: the label telemetry-scheduler.io/rules is \"True\", and only \"true\" is read; write telemetry-scheduler.io/rules: \"true\"\nNothing of this ConfigMap is in force."}, 1},
		"a label of another release": {configMap("a", "x=1", labelled("blue")), nil, 0},
		"another file beside rules":  {configMap("a", "x=1", func(cm *corev1.ConfigMap) { cm.Data["README.md"] = "# Rules" }), nil, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				Register()
				r := start(t, options(fake.NewClientset(tc.cm)))
				r.Announce(true)
				r.settle()
				r.wantEvents(tc.want...)
				got, err := testutil.GetGaugeMetricValue(keyCount.WithLabelValues("unread"))
				if err != nil || got != tc.unread {
					t.Errorf("%v keys count as unread (%v), want %v", got, err, tc.unread)
				}
			})
		})
	}
}

func TestASlipInALabelTakesRulesOutAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset(configMap("a", "x=1"))))
		r.Announce(true)
		r.apply(configMap("a", "x=1", labelled("yes")))
		r.wantRules("")
		if event := <-r.events; !strings.Contains(event, `is "yes", and only "true" is read`) {
			t.Errorf("event %q", event)
		}
		r.apply(configMap("a", "x=1"))
		r.wantRules("x=1")
		r.wantEvents()
	})
}

func TestTheWatchAsksForTheLabelWhateverItsValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, options(fake.NewClientset()))
		var selectors []string
		for _, action := range r.client.Actions() {
			if list, ok := action.(interface {
				GetListRestrictions() clienttesting.ListRestrictions
			}); ok && action.GetNamespace() == "ours" {
				selectors = append(selectors, list.GetListRestrictions().Labels.String())
			}
		}
		slices.Sort(selectors)
		if diff := cmp.Diff([]string{"", rules.LabelRules}, selectors); diff != "" {
			t.Errorf("label selectors of the two watches (-want +got):\n%s", diff)
		}
	})
}
