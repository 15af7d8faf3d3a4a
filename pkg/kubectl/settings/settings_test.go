package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const config = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {resourceNamespace: elsewhere}
profiles:
- schedulerName: plain
- schedulerName: telemetry
  pluginConfig:
  - {name: NodeResourcesFit, args: {ignoredResources: [x]}}
  - name: Telemetry
    args:
      rulesLabel: second
      sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}, {name: power, type: PowerMeters}]
      builtin: metrics
`

func indented(text string) string {
	return strings.ReplaceAll("\n"+strings.TrimSuffix(text, "\n"), "\n", "\n    ")
}

func TestWhatTheOperatorSaysIsFound(t *testing.T) {
	for name, text := range map[string]string{
		"in a configuration":          config,
		"in a ConfigMap":              "kind: ConfigMap\ndata:\n  other: x\n  config.yaml: |" + indented(config) + "\n",
		"among other objects":         "kind: Deployment\nspec: {profiles: 7}\n---\nkind: ConfigMap\ndata: {a: b}\n---\n" + config,
		"in a configuration, as JSON": `{"kind": "KubeSchedulerConfiguration", "leaderElection": {"resourceNamespace": "elsewhere"}, "profiles": [{"pluginConfig": [{"name": "Telemetry", "args": {"rulesLabel": "second", "builtin": "metrics", "sources": [{"name": "metrics", "type": "MetricsAPI"}, {"name": "infra", "type": "Prometheus", "url": "http://p"}, {"name": "power", "type": "PowerMeters"}]}}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Read("config.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if s.Namespace != "elsewhere" || s.RulesLabel != "second" || !s.Known || s.Rules().Sources["infra"] != rules.SourceOfQueries || s.Rules().Sources["power"] != rules.SourceOfCustom {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestOfSeveralKeysTheFirstThatIsAConfigurationIsRead(t *testing.T) {
	second := strings.Replace(config, "rulesLabel: second", "rulesLabel: third", 1)
	for range 20 { // the order of maps is chance
		s, err := ReadMap("ns/c", map[string]string{"a.txt": "# of KubeSchedulerConfiguration\nkind: Note\n", "config.yaml": config, "config.yaml.old": second})
		if err != nil || s == nil || s.RulesLabel != "second" {
			t.Fatalf("got %+v, %v", s, err)
		}
	}
	if s, err := ReadMap("ns/c", map[string]string{"a.txt": "# of KubeSchedulerConfiguration\nkind: Note\n"}); s != nil || err != nil {
		t.Errorf("a note is taken for a configuration: %+v, %v", s, err)
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"nothing of a scheduler":  {"kind: Deployment\n", "config.yaml holds no KubeSchedulerConfiguration"},
		"no YAML":                 {"a: [", "reading config.yaml: yaml: "},
		"a broken second object":  {"kind: Deployment\n---\na: [", "reading config.yaml: yaml: "},
		"arguments with mistakes": {strings.Replace(config, "rulesLabel: second", "rulesLable: second", 1), `config.yaml:11:7: args has no field "rulesLable"`},
		"profiles that are none":  {"kind: KubeSchedulerConfiguration\nprofiles: 7\n", "reading config.yaml: yaml: unmarshal errors"},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := Read("config.yaml", []byte(tc.text)); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, %v; want %s", s, err, tc.want)
			}
		})
	}
}

func TestAllMistakesOfArgumentsAreTold(t *testing.T) {
	_, err := Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nprofiles:\n- pluginConfig:\n  - name: Telemetry\n    args:\n      minInterval: 1ms\n      markPrefixes: [example.com]\n      rulesLable: x\n"))
	const want = `config.yaml:6:20: minInterval must be at least 1s
config.yaml:7:22: "example.com" cannot be the prefix of a mark; write it like example.com/
config.yaml:8:7: args has no field "rulesLable"; did you mean "rulesLabel"?`
	if err == nil || err.Error() != want {
		t.Errorf("it says\n%v\nwant\n%s", err, want)
	}
}

func TestArgumentsThatAreNotWrittenAreTheDefaults(t *testing.T) {
	s, err := Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nprofiles:\n- pluginConfig: [{name: Telemetry}]\n"))
	if err != nil || !s.Known || s.RulesLabel != "true" || len(s.Rules().Sources) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestOfADefaultSchedulerSourcesAreNotKnown(t *testing.T) {
	if s := Default(); s.Known || s.Rules().Sources != nil || s.Namespace != DefaultNamespace {
		t.Errorf("got %+v", s)
	}
}

func TestWhoNamesTheNamespaceIsBelieved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	there := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: ConfigMap},
		Data:       map[string]string{"config.yaml": strings.Replace(config, "second", "third", 1)},
	}
	for sentence, tc := range map[string]struct {
		flags            Flags
		namespace, label string
		known            bool
	}{
		"the configuration is that of the file":          {Flags{Config: file}, "elsewhere", "second", true},
		"the namespace is not that of the file":          {Flags{Config: file, Namespace: "ours"}, "ours", "second", true},
		"the configuration in the cluster counts":        {Flags{Namespace: "ours"}, "ours", "third", true},
		"nothing is known where no configuration stands": {Flags{}, DefaultNamespace, "true", false},
		"nothing is known of another namespace":          {Flags{Namespace: "other"}, "other", "true", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			s, err := tc.flags.Online(t.Context(), fake.NewClientset(there).CoreV1())
			if err != nil {
				t.Fatal(err)
			}
			if s.Namespace != tc.namespace || s.RulesLabel != tc.label || s.Known != tc.known {
				t.Errorf("got namespace %s, label %s, known %t; want %+v", s.Namespace, s.RulesLabel, s.Known, tc)
			}
		})
	}
}
