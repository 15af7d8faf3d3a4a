package ask

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask/asktest"
)

// TestAPluginOfCredentialsIsRunOnceForTheAPIServer: another run might ask the user again, and
// make credentials for a server that they are not for.
func TestAPluginOfCredentialsIsRunOnceForTheAPIServer(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	script := filepath.Join(t.TempDir(), "plugin")
	text := fmt.Sprintf("#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" >> %s\necho '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": {\"token\": \"made\"}}'\n", runs)
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	w, seen := world(t, nothing)
	_, err := question(t, flags(), w, func(c *rest.Config) {
		c.BearerToken = ""
		c.ExecProvider = &clientcmdapi.ExecConfig{
			Command: script, APIVersion: "client.authentication.k8s.io/v1", InteractiveMode: clientcmdapi.NeverExecInteractiveMode, ProvideClusterInfo: true,
		}
	})
	if err != nil || seen.token != "Bearer made" {
		t.Errorf("the leader was asked %+v: %v", seen, err)
	}
	told, err := os.ReadFile(runs)
	if lines := strings.Split(strings.TrimSpace(string(told)), "\n"); err != nil || len(lines) != 1 || !strings.Contains(lines[0], w.API.URL) {
		t.Errorf("it was run %d times (%v):\n%s", len(lines), err, told)
	}
}

func TestNobodyIsAskedWhereThatIsWanted(t *testing.T) {
	w, seen := world(t, nothing)
	f := flags()
	f.Nobody = true
	_, err := question(t, f, w)
	wantSilent(t, err, "none is asked, because of --ask-nobody")
	if seen.n > 0 {
		t.Error("the leader was asked")
	}
	w.Remove(asktest.LeasePath)
	if _, err := question(t, f, w); !Silent(err) {
		t.Errorf("the cluster was asked for the way: %v", err)
	}
}
