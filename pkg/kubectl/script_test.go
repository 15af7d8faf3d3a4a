package kubectl_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kubectl-telemetry": func() {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(kubectl.RunIn(recorded(cli.NewEnv(streams)), os.Args[1:]))
	}})
}

// TestScripts runs testdata/script/*.txtar, each in a folder of its own that holds the
// files of the archive. Beside the commands of testscript there is
//
//	exits CODE PROGRAM ARGS…
//
// which runs a program that must end with that code, "cluster", and what objects_test.go
// has for those that write to a cluster. "cmp stdout want" compares exactly; -update
// rewrites what is wanted. EXAMPLES is the folder with an answer of the scheduler's API of
// each kind.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// No script reaches for the cluster of whoever runs it.
			env.Setenv("KUBECONFIG", env.WorkDir+"/kubeconfig")
			env.Setenv("HOME", env.WorkDir)
			examples, err := filepath.Abs("../api/v1alpha1/examples")
			env.Setenv("EXAMPLES", examples)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "cluster": cluster, "objects": serve, "stored": stored, "meddle": meddle, "forbid": forbid,
		},
	})
}

func exits(script *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		script.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	script.Check(err)
	got, failed := 0, new(exec.ExitError)
	if err := script.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		script.Check(err)
	}
	if got != want {
		script.Fatalf("exit code %d, want %d", got, want)
	}
}
