// Package kubectl is the plugin "kubectl telemetry": one package a command, and
// what all of them share in the package cli.
//
// Commands that need no cluster start in a tenth of a second. So a command makes
// clients when it runs, never before, and nothing here depends on k8s.io/kubernetes.
package kubectl

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/button"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/doctor"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/explain"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/generate"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/schema"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/status"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/test"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/top"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/version"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/waiting"
)

// commands are those of the plugin, in the order of the help.
var commands = []func(*cli.Env) *cobra.Command{
	lint.New,
	test.New,
	explain.New,
	status.New,
	waiting.New,
	top.New,
	convert.New,
	button.NewPause,
	button.NewResume,
	button.NewSilence,
	generate.New,
	schema.New,
	doctor.New,
	version.New,
}

const long = `Rules of telemetry-scheduler: check them before they are applied, and ask what they do.

Exit codes: 0, nothing is wrong; 1, something was found; 2, the command was called
wrongly, or could not read what it needs.`

// New returns the command with all of its subcommands.
func New(env *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:           "kubectl-telemetry",
		Short:         "Rules of telemetry-scheduler: check them, and ask what they do",
		Long:          long,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: cli.Name},
		SilenceErrors: true,
		SilenceUsage:  true,
		// What fails before is the fault of the command line.
		PersistentPreRun: func(*cobra.Command, []string) { env.Begin() },
	}
	cobra.EnableCommandSorting = false
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.ErrOut)
	env.Config.AddFlags(root.PersistentFlags())
	for _, command := range commands {
		root.AddCommand(command(env))
	}
	strict(root)
	return root
}

// strict has cobra's own commands refuse words that they do not know, as all others do.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "help":
			command.Args = func(_ *cobra.Command, words []string) error {
				if _, rest, err := root.Find(words); err != nil || len(rest) > 0 {
					return fmt.Errorf("there is no command %q", strings.Join(words, " "))
				}
				return nil
			}
		case "completion":
			command.RunE = func(*cobra.Command, []string) error {
				return cli.Usagef("say for which shell: %s", cli.Subcommands(command))
			}
		}
	}
}

// Run runs the plugin with the arguments of a command line, without the name of the
// program, and returns its exit code.
func Run(streams genericiooptions.IOStreams, args []string) int {
	return RunIn(cli.NewEnv(streams), args)
}

// RunIn is Run in a world of the caller's.
func RunIn(env *cli.Env, args []string) int {
	root := New(env)
	root.SetArgs(cli.TwoDashes(root, args))
	// No command catches Ctrl-C but one that goes on until then: what hangs ends at once.
	command, err := root.ExecuteContextC(context.Background())
	return env.Conclude(command.CommandPath(), err)
}
