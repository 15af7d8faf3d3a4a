package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// telemetry runs the kubectl plugin through kubectl, as the administrator, and returns
// what it prints. An exit code other than 0 is a mistake.
func telemetry(t *testing.T, bed *testbed.Bed, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := telemetryAs(ctx, bed.Kubeconfig, args...)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return out
}

// telemetryAs is telemetry for whom a kubeconfig is, with an error that has what it says.
func telemetryAs(ctx context.Context, kubeconfig string, args ...string) ([]byte, error) {
	root, err := testbed.Root()
	if err != nil {
		return nil, err
	}
	var errs bytes.Buffer
	bin := filepath.Join(root, "bin")
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "kubectl"), append([]string{"telemetry"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "PATH="+bin+":"+os.Getenv("PATH"))
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("kubectl telemetry %q: %w: %s", args, err, &errs)
	}
	return out, err
}

// lintAsksTheSame has the plugin ask the server that the scheduler asks.
func (s *promStory) lintAsksTheSame() {
	config := filepath.Join(s.bed.Dir, s.name+".config.yaml")
	var answer struct {
		Texts int
		Live  []struct {
			Metric, Source, Label, By string
			Valued, Ambiguous, Stale  int
		}
		Uncompared []struct{ Metric, Why string }
	}
	out := telemetry(s.t, s.bed, "lint", "-n", s.name, "--config", config, "--live", "-o", "json")
	s.must(json.Unmarshal(out, &answer))
	if answer.Texts != 1 || len(answer.Live) != 1 {
		s.t.Fatalf("it answers %s", out)
	}
	// Nodes of other stories are in the cluster too, and silent.
	if a := answer.Live[0]; a.Metric != "working-set" || a.Source != "prom" || a.Label != "node" || a.By != "name" || a.Valued != 4 || a.Ambiguous+a.Stale > 0 {
		s.t.Errorf("it answers %s", out)
	}
	if len(answer.Uncompared) > 0 { // what it remembers of a minute it says nothing of
		s.t.Errorf("the server does not tell its past: %+v", answer.Uncompared)
	}
	s.t.Logf("%s", telemetry(s.t, s.bed, "lint", "-n", s.name, "--config", config, "--live"))
}
