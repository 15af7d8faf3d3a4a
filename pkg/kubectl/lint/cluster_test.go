package lint

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func stored(namespace, name, key, text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{rules.LabelRules: "true"}},
		Data:       map[string]string{key: text},
	}
}

const begin = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"

// configured is the scheduler's configuration, with arguments.
func configured(arguments string) *corev1.ConfigMap {
	cm := stored(settings.DefaultNamespace, settings.ConfigMap, "config.yaml", "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: "+arguments+"}\n")
	cm.Labels = nil
	return cm
}

func TestTheClusterIsJudgedByItsConfiguration(t *testing.T) {
	defines := stored(settings.DefaultNamespace, "heat", "heat.yaml", begin+"metrics:\n- {name: heat, unit: celsius, query: node_heat_celsius}\npreferences:\n- {name: cool, metric: heat, prefer: Low}\n")
	uses := stored("team-a", "ours", "ours.yaml", begin+"rules:\n- {name: ours, when: {metric: heat, above: 80}, actions: {block: {}}}\n")
	moves := stored(settings.DefaultNamespace, "moves", "moves.yaml", begin+"rules: [{name: hot, when: {metric: memory, above: 90%, clear: 80%}, actions: {evict: {cooldown: 30m}}}]\n")
	button := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: settings.DefaultNamespace, Name: "telemetry-scheduler-pause"}, Data: map[string]string{"blok": "true"}}
	team := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a", Labels: map[string]string{"rules": "yes"}}}
	const prometheus = "sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}]"
	for name, tc := range map[string]struct {
		objects   []runtime.Object
		namespace string
		want      []string
		said      string
		none      string
	}{
		"the metrics of the scheduler's namespace are known in others": {
			objects: []runtime.Object{configured("{namespaces: {matchLabels: {rules: 'yes'}}, " + prometheus + "}"), defines, uses, team}, namespace: "team-a",
		},
		"a namespace that is not selected may have none": {
			objects: []runtime.Object{configured("{namespaces: {matchLabels: {rules: 'no'}}, " + prometheus + "}"), defines, uses, team}, namespace: "team-a",
			want: []string{"team-a/ours not-allowed"},
		},
		"a namespace where none may have rules has none": {
			objects: []runtime.Object{configured("{" + prometheus + "}"), defines, uses, team}, namespace: "team-a",
			want: []string{"team-a/ours not-allowed"},
		},
		"a metric that no source reads": {
			objects: []runtime.Object{configured("{}"), defines}, namespace: settings.DefaultNamespace,
			want: []string{"telemetry-scheduler/heat/heat.yaml:4:31 source"},
		},
		"what the operator does not allow to move": {
			objects: []runtime.Object{configured("{eviction: {cooldown: 1h}}"), moves}, namespace: settings.DefaultNamespace,
			want: []string{"telemetry-scheduler/moves/moves.yaml:3:97 evict"},
		},
		"what the operator allows is not known without a configuration": {
			objects: []runtime.Object{moves}, namespace: settings.DefaultNamespace,
			said: "The scheduler's configuration cannot be read",
		},
		"the stop button is read where it stands": {
			objects: []runtime.Object{configured("{" + prometheus + "}"), defines, button}, namespace: settings.DefaultNamespace,
			want: []string{"telemetry-scheduler/telemetry-scheduler-pause/blok pause"},
		},
		"a namespace without rules was not checked": {
			objects: []runtime.Object{configured("{namespaces: {matchLabels: {rules: 'yes'}}, " + prometheus + "}"), defines, team}, namespace: "team-a",
			none: "there are no rules in the namespace team-a (1 text of telemetry-scheduler, read for metrics alone)",
		},
		"nor was the scheduler's own, where there are none": {
			objects: []runtime.Object{configured("{}")}, namespace: settings.DefaultNamespace,
			none: "there are no rules in the namespace telemetry-scheduler",
		},
		"without a configuration sources are not judged, and that is said": {
			objects: []runtime.Object{defines}, namespace: settings.DefaultNamespace,
			said: "The scheduler's configuration cannot be read from the ConfigMap telemetry-scheduler/telemetry-scheduler-config",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			o := &options{env: cli.NewEnv(genericiooptions.IOStreams{ErrOut: &errs})}
			core := fake.NewClientset(tc.objects...).CoreV1()
			s, err := o.settingsThere(t.Context(), core)
			if err != nil {
				t.Fatal(err)
			}
			l, err := judgeCluster(t.Context(), core, tc.namespace, s)
			if err != nil {
				t.Fatal(err)
			}
			none := ""
			if err := l.only(tc.namespace, s); err != nil {
				none = err.Error()
			}
			if diff := cmp.Diff(tc.none, none); diff != "" {
				t.Errorf("it fails with (-want +got):\n%s", diff)
			}
			var got []string
			for _, f := range inOrder(l.found) {
				got = append(got, f.where()+" "+string(f.Check))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(errs.String(), tc.said) || tc.said == "" && errs.Len() > 0 {
				t.Errorf("it said %q", &errs)
			}
		})
	}
}
