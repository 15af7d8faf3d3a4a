package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// container is the image of this machine's architecture, unpacked.
type container struct{ root string }

func newContainer(t *testing.T) container {
	t.Helper()
	c := container{t.TempDir()}
	eachImage(t, func(t *testing.T, architecture string, made v1.Image) {
		if architecture == runtime.GOARCH {
			unpackImage(t, made, c.root, nil)
		}
	})
	return c
}

// start returns the program of the image, run as the image says: as its user, who may write
// nothing, in a file system of nothing but the image and with an empty environment. Only
// root can have that; for others the program runs as themselves, and is told of the authorities
// of the image.
func (c container) start(ctx context.Context, t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.CommandContext(ctx, "/"+program, args...)
	cmd.Env = []string{}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		cmd.Dir = "/"
	} else {
		t.Log("only root can run it as its user and without other files: it runs as the user of this test")
		cmd.Path, cmd.Dir = filepath.Join(c.root, program), c.root
		cmd.Env = []string{"SSL_CERT_FILE=" + filepath.Join(c.root, certificates), "SSL_CERT_DIR=" + filepath.Join(c.root, "none")}
	}
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// path is where the program finds a file of the image.
func (c container) path(file string) string {
	if os.Geteuid() == 0 {
		return "/" + file
	}
	return filepath.Join(c.root, file)
}

// put adds a file, as a volume does.
func (c container) put(t *testing.T, file, text string) {
	t.Helper()
	at := filepath.Join(c.root, file)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o444); err != nil {
		t.Fatal(err)
	}
}

const settings = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: %s}
leaderElection: {resourceNamespace: telemetry-scheduler, resourceName: telemetry-scheduler}
profiles:
- schedulerName: telemetry-scheduler
  plugins: {multiPoint: {enabled: [{name: Telemetry}]}}
  pluginConfig:
  - name: Telemetry
    args: {eviction: {windows: [{schedule: "0 20 * * 1-5", duration: 10h, timeZone: %s}]}}
`

func TestTheProgramStartsInItsImage(t *testing.T) {
	c := newContainer(t)
	c.put(t, "etc/telemetry-scheduler/config.yaml", fmt.Sprintf(settings, c.path("kubeconfig"), "Europe/Berlin"))
	c.put(t, "etc/telemetry-scheduler/nowhere.yaml", fmt.Sprintf(settings, c.path("kubeconfig"), "Europe/Atlantis"))
	config := "--config=" + c.path("etc/telemetry-scheduler/config.yaml")
	for name, test := range map[string]struct {
		args, says []string
		fails      bool
	}{
		"it says its version":                      {[]string{"--version"}, []string{"Kubernetes v1.37.2"}, false},
		"it says what it is":                       {[]string{"--help"}, []string{"telemetry-scheduler is a kube-scheduler with the plugin Telemetry"}, false},
		"without a configuration it shows one":     {nil, []string{"This is the smallest file", "--config is missing"}, true},
		"a time zone of the world is known":        {[]string{config}, []string{c.path("kubeconfig") + ": no such file"}, true},
		"another one is refused with its position": {[]string{"--config=" + c.path("etc/telemetry-scheduler/nowhere.yaml")}, []string{"nowhere.yaml:10:", "Europe/Atlantis"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out := c.start(t.Context(), t, test.args...)
			if err := cmd.Run(); (err != nil) != test.fails {
				t.Errorf("it ends with %v", err)
			}
			for _, s := range test.says {
				if !strings.Contains(out.String(), s) {
					t.Errorf("it does not say %q:\n%s", s, out)
				}
			}
		})
	}
}

// TestTheProgramKnowsTheAuthoritiesOfTheImage has it ask an API server whose authority is one
// of the image's file alone.
func TestTheProgramKnowsTheAuthoritiesOfTheImage(t *testing.T) {
	asked := make(chan string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Method + " " + r.URL.Path:
		default:
		}
		http.Error(w, "nothing here", http.StatusForbidden)
	}))
	defer server.Close()
	c := newContainer(t)
	more := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	c.put(t, "etc/telemetry-scheduler/config.yaml", fmt.Sprintf(settings, c.path("kubeconfig"), "Europe/Berlin"))
	c.put(t, "kubeconfig", fmt.Sprintf("{clusters: [{name: c, cluster: {server: %q}}], contexts: [{name: c, context: {cluster: c}}], current-context: c}\n", server.URL))
	at := filepath.Join(c.root, certificates)
	known := contents(t, at)
	if err := errors.Join(os.Chmod(at, 0o644), os.WriteFile(at, append(known, more...), 0o444)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd, out := c.start(ctx, t, "--config="+c.path("etc/telemetry-scheduler/config.yaml"), "--secure-port=0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case what := <-asked:
		t.Logf("it asked: %s", what)
		stop()
		<-ended
	case err := <-ended:
		t.Errorf("it ended (%v) and asked nothing:\n%s", err, out)
	}
}
