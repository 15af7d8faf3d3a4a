// A scheduler of somebody else's that takes the plugin Telemetry in, beside a plugin
// of their own.
package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	basecompatibility "k8s.io/component-base/compatibility"
	logsapi "k8s.io/component-base/logs/api/v1"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

func main() { os.Exit(cli.Run(newCommand())) }

// newCommand stands for the command that the binary has already.
func newCommand() *cobra.Command {
	flags := options.NewOptions()
	cmd := &cobra.Command{
		Use:               "our-scheduler",
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return flags.ComponentGlobalsRegistry.Set() },
		RunE:              func(*cobra.Command, []string) error { return run(flags) },
	}
	for _, set := range flags.Flags.FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	return cmd
}

// run sets a scheduler up with the plugin, and attaches what the plugin rests on
// before the scheduler runs.
func run(flags *options.Options) error {
	gates := flags.ComponentGlobalsRegistry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	if err := logsapi.ValidateAndApply(flags.Logs, gates); err != nil {
		return err
	}
	if err := check(flags.ConfigFile); err != nil {
		return err
	}
	ctx := server.SetupSignalContext()
	telemetry := app.New()
	config, scheduler, err := kubescheduler.Setup(ctx, flags, telemetry.Plugin(), kubescheduler.WithPlugin(pinnedName, newPinned))
	if err != nil {
		return err
	}
	if err := telemetry.Attach(ctx, config, scheduler); err != nil {
		return err
	}
	defer telemetry.Wait()
	return kubescheduler.Run(ctx, config, scheduler)
}

// check says every mistake in the plugin's arguments with its place in the file.
func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if mistakes := app.CheckConfig(file, text); len(mistakes) > 0 {
		return errors.New(strings.Join(mistakes, "\n"))
	}
	return nil
}
