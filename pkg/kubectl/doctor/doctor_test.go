package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/doctor/checks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// finding makes a check that finds something.
func finding(name string, found ...checks.Finding) checks.Check {
	return checks.Check{Name: name, Look: func(context.Context, *checks.Cluster) ([]checks.Finding, error) { return found, nil }}
}

var (
	well  = finding("well")
	ill   = finding("ill", checks.Finding{Severity: checks.Error, Object: "pod/x", What: "it is \x1b[31mbroken", Why: "nothing works", Advice: "think", Mend: "kubectl mend x"})
	noted = finding("noted", checks.Finding{Severity: checks.Note, What: "it is so", Why: "it matters", Look: "kubectl look"})
	blind = checks.Check{Name: "blind", Look: func(context.Context, *checks.Cluster) ([]checks.Finding, error) { return nil, errors.New("forbidden") }}
)

const shown = `error: it is �[31mbroken [ill]
    nothing works
    think
    mend: kubectl mend x

note: it is so [noted]
    it matters
    look: kubectl look

unknown: this could not be looked at: forbidden [blind]
    what nobody has seen is not known to be well

4 checks: 1 error, 0 warnings, 1 note, 1 not looked at.
`

const shownJSON = `{
  "checks": 2,
  "findings": [
    {
      "check": "noted",
      "severity": "note",
      "what": "it is so",
      "why": "it matters",
      "look": "kubectl look"
    }
  ]
}
`

const shownYAML = `checks: 1
findings: []
`

func TestWhatIsPrintedAndConcluded(t *testing.T) {
	for name, tc := range map[string]struct {
		format string
		all    []checks.Check
		want   string
		err    error
	}{
		"everything, for people":            {"text", []checks.Check{well, ill, noted, blind}, shown, cli.ErrFindings},
		"nothing is wrong":                  {"text", []checks.Check{well, well}, "2 checks, nothing is wrong.\n", nil},
		"a note is no fault, as JSON":       {"json", []checks.Check{well, noted}, shownJSON, nil},
		"what was not seen is not well":     {"text", []checks.Check{blind}, "unknown: this could not be looked at: forbidden [blind]\n    what nobody has seen is not known to be well\n\n1 check: 0 errors, 0 warnings, 0 notes, 1 not looked at.\n", cli.ErrFindings},
		"nothing is there to look at":       {"text", []checks.Check{{Name: "ill", Look: ill.Look, First: true}, well, well}, "error: it is \ufffd[31mbroken [ill]\n    nothing works\n    think\n    mend: kubectl mend x\n\n3 checks: 1 error, 0 warnings, 0 notes, 2 not looked at.\n", cli.ErrFindings},
		"no finding is a list all the same": {"yaml", []checks.Check{well}, shownYAML, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			o := &options{env: cli.NewEnv(genericiooptions.IOStreams{Out: &out})}
			o.output.AddTo(&cobra.Command{}, textFormat, cli.JSONFormat, cli.YAMLFormat)
			if err := o.output.Set(tc.format); err != nil {
				t.Fatal(err)
			}
			if err := o.examine(t.Context(), nil, tc.all); !errors.Is(err, tc.err) {
				t.Errorf("it ends with %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommandsLeadToTheSameCluster(t *testing.T) {
	o := &options{env: cli.NewEnv(genericiooptions.IOStreams{})}
	if got := o.kubectl(); got != "kubectl" {
		t.Errorf("without flags it is %q", got)
	}
	*o.env.Config.Context, *o.env.Config.KubeConfig, *o.env.Config.AuthInfoName, *o.env.Config.Insecure = "prod eu", "/home/ann/.kube/prod", "ann", true
	if got, want := o.kubectl(), "kubectl --kubeconfig=/home/ann/.kube/prod --context='prod eu' --user=ann --insecure-skip-tls-verify"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
}

func TestTheTimeOfTheAPIServer(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		code  int
		date  string
		fails string
	}{
		"an answer has it":         {200, noon.Format(http.TimeFormat), ""},
		"a refusal has it too":     {403, noon.Format(http.TimeFormat), ""},
		"a stranger is told":       {401, noon.Format(http.TimeFormat), "the API server does not know you: it answers 401 Unauthorized"},
		"a proxy may take it away": {200, "", "the API server does not say what time it is"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = []string{tc.date}
				w.WriteHeader(tc.code)
			}))
			defer server.Close()
			ask, err := serverTime(&rest.Config{Host: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			switch got, err := ask(t.Context()); {
			case tc.fails != "" && (err == nil || !strings.Contains(err.Error(), tc.fails)):
				t.Errorf("it ends with %v, want %s", err, tc.fails)
			case tc.fails == "" && (err != nil || !got.Equal(noon)):
				t.Errorf("it is %v (%v)", got, err)
			}
		})
	}
}

func TestSourcesThatCanBeAsked(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: k, sources: [{name: k, type: Kubelet}, {name: p, type: Prometheus, url: 'http://p'}]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := &options{urls: map[string]string{"p": "http://localhost:9090"}}
	made, err := o.sources(&rest.Config{Host: "http://localhost"}, s)
	if err != nil || made["p"] == nil || made["k"] != nil {
		t.Errorf("made %v (%v)", made, err)
	}
	if made, err := o.sources(&rest.Config{Host: "http://localhost"}, settings.Default()); err == nil || made != nil {
		t.Errorf("a source that is not the operator's is taken: %v", made)
	}
	o.urls = nil
	if made, err := o.sources(&rest.Config{Host: "http://localhost"}, settings.Default()); err != nil || made["metrics"] == nil {
		t.Errorf("made %v (%v)", made, err)
	}
	o.urls = map[string]string{}
	o.urls["q"] = "http://localhost"
	if _, err := o.sources(&rest.Config{}, s); err == nil || err.Error() != `--source-url: the operator has no source called "q"` {
		t.Errorf("it says %v", err)
	}
}

func TestTheClusterSaysNotWhomTheDoctorAsks(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: p, sources: [{name: p, type: Prometheus, url: 'http://p', http: {basic_auth: {username: x, password_file: /etc/passwd}}}]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Stands = "ns/config"
	var said bytes.Buffer
	o := &options{env: cli.NewEnv(genericiooptions.IOStreams{ErrOut: &said})}
	made, err := o.sources(&rest.Config{Host: "http://localhost"}, s)
	if _, withheld := made["p"].(checks.NotAsked); err != nil || !withheld || said.Len() > 0 {
		t.Errorf("made %v (%v), said %q", made, err, &said)
	}
	o.urls = map[string]string{"p": "http://localhost:9090"}
	made, err = o.sources(&rest.Config{Host: "http://localhost"}, s)
	if _, withheld := made["p"].(checks.NotAsked); err != nil || withheld || !strings.Contains(said.String(), "without the credentials") {
		t.Errorf("made %v (%v), said %q", made, err, &said)
	}
}

func TestTheVersionOfTheLibrariesSaysThatOfKubernetes(t *testing.T) {
	for libraries, want := range map[string]int{"v0.37.2": 37, "v0.38.0-rc.1": 38, "unknown": 0, "": 0} {
		if got := minorOf(libraries); got != want {
			t.Errorf("%q is 1.%d, want 1.%d", libraries, got, want)
		}
	}
}
