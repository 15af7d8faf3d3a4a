package docs

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl"
)

var update = flag.Bool("update", false, "rewrite what commands answer in docs/authoring.md")

// TestMain puts two programs on the PATH: the plugin, and a kubectl that knows nothing but
// the plugin.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl-telemetry": func() { os.Exit(plugin(os.Args[1:])) },
		"kubectl": func() {
			if len(os.Args) < 2 || os.Args[1] != "telemetry" {
				fmt.Fprintln(os.Stderr, "there is no cluster here")
				os.Exit(2)
			}
			os.Exit(plugin(os.Args[2:]))
		},
	})
}

func plugin(args []string) int {
	return kubectl.Run(genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, args)
}
