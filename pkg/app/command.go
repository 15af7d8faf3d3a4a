package app

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/tools/cache"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/component-base/featuregate"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/term"
	"k8s.io/component-base/version/verflag"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"

	marks "github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks/command"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// farewell bounds how long the scheduler goes on, after it was told to stop,
// while the newest state is written.
const farewell = 3 * time.Second

// NewSchedulerCommand returns the command of the scheduler. It has every flag of
// kube-scheduler.
func NewSchedulerCommand(opts ...Option) *cobra.Command {
	flags := options.NewOptions()
	cmd := &cobra.Command{
		Use:   component,
		Short: "A kube-scheduler that keeps pods off nodes whose telemetry breaks a rule",
		Long: "telemetry-scheduler is a kube-scheduler with the plugin Telemetry: platform teams write rules about\n" +
			"measured use in ConfigMaps, and pods with its schedulerName keep off nodes that break a rule.",
		Args: cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return flags.ComponentGlobalsRegistry.Set()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, flags, New(opts...))
		},
	}
	addFlags(cmd, flags)
	cmd.AddCommand(marks.New())
	cmd.CompletionOptions.DisableDefaultCmd = true
	return cmd
}

func addFlags(cmd *cobra.Command, flags *options.Options) {
	global := flags.Flags.FlagSet("global")
	verflag.AddFlags(global)
	globalflag.AddGlobalFlags(global, cmd.Name(), logs.SkipLoggingConfigurationFlags())
	for _, set := range flags.Flags.FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	columns, _, _ := term.TerminalSize(cmd.OutOrStdout())
	cliflag.SetUsageAndHelpFunc(cmd, *flags.Flags, columns)
	// It fails only for a flag that does not exist.
	_ = cmd.MarkFlagFilename("config", "yaml", "yml", "json")
}

// run is the scheduler from its first check to its end.
func run(cmd *cobra.Command, flags *options.Options, a *Assembly) error {
	verflag.PrintAndExitIfRequested()
	gates := flags.ComponentGlobalsRegistry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	if err := logsapi.ValidateAndApply(flags.Logs, gates); err != nil {
		return err
	}
	cliflag.PrintFlags(cmd.Flags())
	if err := checkFile(flags.ConfigFile, args.Options{SourceTypes: a.sourceTypes()}, cmd.ErrOrStderr()); err != nil {
		return err
	}
	if err := nameInformers(flags); err != nil {
		return err
	}
	return serve(server.SetupSignalContext(), flags, a, gates)
}

// nameInformers names the informers in client-go's metrics.
func nameInformers(flags *options.Options) error {
	if flags.InformerName != nil {
		return nil
	}
	name, err := cache.NewInformerName(component)
	flags.InformerName = name
	return err
}

// serve runs the scheduler until ctx ends. The scheduler outlives what we run
// beside it by a moment, so that the newest state is written while the lease is
// still held.
func serve(ctx context.Context, flags *options.Options, a *Assembly, gates featuregate.FeatureGate) error {
	scheduling, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	cc, sched, err := kubescheduler.Setup(scheduling, flags, append(a.others, a.Plugin())...)
	if err != nil {
		return err
	}
	gates.(featuregate.MutableFeatureGate).AddMetrics()
	flags.ComponentGlobalsRegistry.AddMetrics()
	if err := a.Attach(ctx, cc, sched); err != nil {
		return fmt.Errorf("%s: %w", flags.ConfigFile, err)
	}
	context.AfterFunc(ctx, func() {
		a.waitFor(farewell)
		stop()
	})
	err = kubescheduler.Run(scheduling, cc, sched)
	if ctx.Err() != nil {
		return nil // it was told to end
	}
	return err
}

// waitFor is Wait with an end.
func (a *Assembly) waitFor(d time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Wait()
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}
