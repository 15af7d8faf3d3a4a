package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/component-base/cli"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// runCommand makes the test binary run the scheduler instead of tests, because
// flags, logging and signals are global.
const runCommand = "TELEMETRY_SCHEDULER_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runCommand) != "" {
		os.Exit(cli.Run(NewSchedulerCommand()))
	}
	os.Exit(m.Run())
}

func TestRefusals(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(directory, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "--config=" + file
	}
	lease := "leaderElection: {resourceNamespace: ours, resourceName: telemetry-scheduler}\n"
	for sentence, tc := range map[string]struct {
		flags []string
		want  []string // each is part of what it says
	}{
		"no configuration": {nil, []string{"--config is missing", "This is the smallest file:", smallest}},
		"arguments with mistakes": {
			[]string{write("mistake.yaml", head+profile("a", "startTimeout: 30")+lease)},
			[]string{"mistake.yaml:9:21: ", errMistakes.Error()},
		},
		"no profile with the plugin": {
			[]string{write("other.yaml", head+"- schedulerName: a\n"+lease)},
			[]string{"other.yaml: " + errNoProfile.Error()},
		},
		"the lease of the cluster's own scheduler": {
			[]string{write("lease.yaml", head+plain("a"))},
			[]string{"lease.yaml: leaderElection names kube-system/kube-scheduler", "leaderElection.resourceNamespace", "leaderElection.resourceName"},
		},
		"the same lease by flags": {
			[]string{write("flags.yaml", head+plain("a")+lease), "--leader-elect-resource-namespace=kube-system", "--leader-elect-resource-name=kube-scheduler"},
			[]string{"leaderElection names kube-system/kube-scheduler"},
		},
		"a field that kube-scheduler does not know": {
			[]string{write("field.yaml", head+plain("a")+lease+"parallelismus: 3\n")},
			[]string{`unknown field "parallelismus"`},
		},
		"an argument of the command": {[]string{"schedule"}, []string{`unknown command "schedule"`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			flags := append([]string{"--secure-port=0", "--master=http://127.0.0.1:1"}, tc.flags...)
			command := exec.CommandContext(t.Context(), os.Args[0], flags...)
			command.Env = append(os.Environ(), runCommand+"=1")
			said, err := command.CombinedOutput()
			if err == nil {
				t.Error("it was not refused")
			}
			for _, want := range tc.want {
				if !strings.Contains(strings.ReplaceAll(string(said), `\"`, `"`), want) {
					t.Errorf("it does not say %q, but:\n%s", want, said)
				}
			}
		})
	}
}

func TestCommandHasTheFlagsOfKubeScheduler(t *testing.T) {
	names := func(c *cobra.Command) (out []string) {
		c.Flags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
		return slices.Sorted(slices.Values(out))
	}
	if diff := cmp.Diff(names(kubescheduler.NewSchedulerCommand()), names(NewSchedulerCommand())); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
}
