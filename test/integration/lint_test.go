package integration

import (
	"context"
	"encoding/json"
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
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	bin := filepath.Join(root, "bin")
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "kubectl"), append([]string{"telemetry"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+bed.Kubeconfig, "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("kubectl telemetry %q: %v\n%s", args, err, out)
	}
	return out
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
	s.t.Logf("%s", telemetry(s.t, s.bed, "lint", "-n", s.name, "--config", config, "--live"))
}
