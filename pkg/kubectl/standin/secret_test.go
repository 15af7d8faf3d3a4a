package standin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// collector is a server that remembers by what it is asked.
type collector struct {
	mu   sync.Mutex
	auth []string
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.auth = append(c.auth, r.Header.Get("Authorization"))
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"status": "success", "data": {"resultType": "vector", "result": []}}`)
}

func TestNoFileOfThisMachineGoesWhereTheClusterSays(t *testing.T) {
	key := filepath.Join(t.TempDir(), "id_rsa")
	if err := os.WriteFile(key, []byte("private"), 0o600); err != nil {
		t.Fatal(err)
	}
	for sentence, tc := range map[string]struct {
		stands, named string
		asked, shown  bool
		warns         string
	}{
		"what the cluster alone names is not asked":      {stands: "ns/config", warns: "--source-url infra=http://localhost:9090"},
		"what the caller names too is asked, bare":       {stands: "ns/config", named: "infra", asked: true, warns: "without the credentials, files and proxies"},
		"a file of the caller's has its credentials too": {asked: true, shown: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			c := new(collector)
			server := httptest.NewServer(c)
			defer server.Close()
			s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: infra, sources: [{name: infra, type: Prometheus, url: '"+server.URL+"', http: {basic_auth: {username: x, password_file: '"+key+"'}}}]}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			s.Stands = tc.stands
			var warned []string
			o := Options{
				Client: fake.NewClientset(cluster3()...), Config: metrics(t, nil), Settings: s, Release: "telemetry-scheduler", Patience: time.Minute,
				Warn: func(text string) { warned = append(warned, text) },
			}
			if tc.named != "" {
				o.URLs = map[string]string{tc.named: server.URL}
			}
			if err := asked(t, o, "/sources", nil, new(v1alpha1.SourceList)); err != nil {
				t.Fatal(err)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			shown := slices.ContainsFunc(c.auth, func(auth string) bool { return auth != "" })
			if len(c.auth) > 0 != tc.asked || shown != tc.shown {
				t.Errorf("it was asked with %q", c.auth)
			}
			if !strings.Contains(strings.Join(warned, "\n"), tc.warns) {
				t.Errorf("it warns %q", warned)
			}
		})
	}
}
