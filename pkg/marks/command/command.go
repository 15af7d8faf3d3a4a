// Package command is `telemetry-scheduler marks`: the process that marks nodes, and its end.
package command

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apiserver/pkg/server"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/term"
	"k8s.io/component-base/version/verflag"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
)

// component names us in Events and user agents.
const component = "telemetry-scheduler-marks"

// common is what both commands are told.
type common struct {
	kubeconfig, namespace, release string
	logs                           *logsapi.LoggingConfiguration
}

// New returns the command.
func New() *cobra.Command {
	o := newOptions()
	cmd := &cobra.Command{
		Use:   "marks",
		Short: "Mark nodes with the labels and taints that rules want there",
		Long: "marks writes the labels and taints of rules to nodes, as the scheduler's leader publishes them in the\n" +
			"ConfigMaps of its state, and takes its own away when no rule wants them any more. It is a process of its\n" +
			"own, with an account of its own that may do nothing to pods.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if err := o.common.begin(cmd); err != nil {
				return err
			}
			return o.run(server.SetupSignalContext())
		},
	}
	addFlags(cmd, o.flags())
	cmd.AddCommand(newCleanup())
	return cmd
}

func newCleanup() *cobra.Command {
	c, timeout := common{logs: logsapi.NewLoggingConfiguration()}, 5*time.Minute
	cmd := &cobra.Command{
		Use:   "cleanup",
		Short: "Take all marks of a release away from all nodes, and end",
		Long: "cleanup takes the lease of the processes that mark nodes, so that they stand still, and takes everything of\n" +
			"theirs away. It needs no rules and no scheduler. They go on two minutes after it has ended: stop them, too.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.validate(); err != nil {
				return err
			}
			if err := c.begin(cmd); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(server.SetupSignalContext(), timeout)
			defer cancel()
			return c.cleanup(ctx, cmd.OutOrStdout())
		},
	}
	var sets cliflag.NamedFlagSets
	c.addTo(&sets)
	sets.FlagSet("cleanup").DurationVar(&timeout, "timeout", timeout, "How long it may take.")
	addFlags(cmd, sets)
	return cmd
}

func addFlags(cmd *cobra.Command, sets cliflag.NamedFlagSets) {
	global := sets.FlagSet("global")
	verflag.AddFlags(global)
	globalflag.AddGlobalFlags(global, cmd.Name(), logs.SkipLoggingConfigurationFlags())
	for _, set := range sets.FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	columns, _, _ := term.TerminalSize(cmd.OutOrStdout())
	cliflag.SetUsageAndHelpFunc(cmd, sets, columns)
}

func (c *common) addTo(sets *cliflag.NamedFlagSets) {
	fs := sets.FlagSet("marks")
	fs.StringVar(&c.kubeconfig, "kubeconfig", "", "The cluster and the account; inside a cluster those of the pod.")
	fs.StringVar(&c.namespace, "namespace", "telemetry-scheduler", "The scheduler's namespace.")
	fs.StringVar(&c.release, "release", "telemetry-scheduler", "The name of the scheduler's lease, which is that of its release.")
	logsapi.AddFlags(c.logs, sets.FlagSet("logs"))
}

// begin is what every command does first.
func (c *common) begin(cmd *cobra.Command) error {
	verflag.PrintAndExitIfRequested()
	if err := logsapi.ValidateAndApply(c.logs, utilfeature.DefaultFeatureGate); err != nil {
		return err
	}
	cliflag.PrintFlags(cmd.Flags())
	return nil
}

func (c *common) validate() error {
	if len(validation.IsValidLabelValue(string(c.owner()))) > 0 || len(validation.IsDNS1123Subdomain(c.release)) > 0 {
		return fmt.Errorf("--release is %q, and taints need one of at most 57 lower-case letters, digits, dots and dashes", c.release)
	}
	return nil
}

func (c *common) owner() marks.Owner { return marks.OwnerOf(c.release) }

// client returns one with limits of its own; timeout is 0 for watches.
func (c *common) config(timeout time.Duration) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	own := rest.AddUserAgent(config, component)
	own.QPS, own.Burst, own.Timeout = 50, 100, timeout
	return own, nil
}

func (c *common) client(timeout time.Duration) (kubernetes.Interface, error) {
	config, err := c.config(timeout)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}
