// Package doctor is the command "kubectl telemetry doctor".
package doctor

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/doctor/checks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/version"
)

const long = `Find what keeps the scheduler and its rules from working in a cluster, with the command
that mends each thing. Nothing is changed.

It reads with your own rights, and says what it could not look at. The exit code is 1
where something is wrong or could not be looked at; notes are no fault.`

const examples = `  # Everything
  kubectl telemetry doctor

  # From outside of the cluster, with a source of it forwarded to a local port
  kubectl port-forward -n monitoring service/prometheus 9090 &
  kubectl telemetry doctor --source-url infra=http://localhost:9090`

// options are the flags.
type options struct {
	env      *cli.Env
	output   cli.Output
	settings settings.Flags
	urls     map[string]string
	// api is where the scheduler is asked; empty for a port-forward.
	api     string
	release string
}

const textFormat = "text"

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "doctor",
		Short:   "Find what keeps the scheduler and its rules from working in a cluster",
		Long:    long,
		Example: examples,
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	o.output.AddTo(command, textFormat, cli.JSONFormat, cli.YAMLFormat)
	o.settings.AddTo(command, "The scheduler's configuration, where it does not stand in the ConfigMap "+settings.ConfigMap)
	command.Flags().StringToStringVar(&o.urls, "source-url", nil, "Where a source is reached from here, as name=URL.")
	command.Flags().StringVar(&o.api, "scheduler-url", "", "Ask the scheduler's API here, such as https://localhost:10260, and forward no port.")
	command.Flags().StringVar(&o.release, "release", "", "The name of the scheduler's lease; by default that of its configuration.")
	return command
}

func (o *options) run(ctx context.Context) error {
	if err := o.env.NoNamespace(); err != nil {
		return err
	}
	c, err := o.cluster(ctx)
	if err != nil {
		return err
	}
	return o.examine(ctx, c, checks.All())
}

// examine makes checks and prints what they find.
func (o *options) examine(ctx context.Context, c *checks.Cluster, all []checks.Check) error {
	found, made := checks.Run(ctx, c, all)
	if err := o.print(made, len(all)-made, found); err != nil {
		return err
	}
	if checks.Wrong(found) {
		return cli.ErrFindings
	}
	return nil
}

// cluster connects, and reads the scheduler's configuration.
func (o *options) cluster(ctx context.Context) (*checks.Cluster, error) {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	config.QPS = -1 // some hundred small questions, once
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	c := &checks.Cluster{Client: client, Kubectl: o.kubectl(), Now: time.Now}
	info := version.Current()
	c.Version, c.Kubernetes = info.Version, minorOf(info.Kubernetes)
	if c.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	if c.ServerTime, err = serverTime(config); err != nil {
		return nil, err
	}
	if _, err := c.ServerTime(ctx); err != nil {
		return nil, err // nothing can be looked at
	}
	o.settings.Release = o.release
	// What is not known is told by the check of the sources.
	if c.Settings, err = o.settings.Online(ctx, client.CoreV1()); err != nil {
		return nil, err
	}
	c.Settings.Lease = cmp.Or(o.release, c.Settings.Lease)
	c.Ask = func(ctx context.Context, e *lint.Examined) error {
		return e.Ask(ctx, config, client.CoreV1(), c.Settings, o.urls)
	}
	c.Told = func(ctx context.Context) (map[string]string, error) { return o.told(ctx, config, c.Settings) }
	c.Kubelet = func(ctx context.Context, node string) error {
		return client.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy").Suffix("metrics", "resource").Do(ctx).Error()
	}
	c.Sources, err = o.sources(config, c.Settings)
	return c, err
}

// kubectl is how a command begins that reaches the same cluster as this one.
func (o *options) kubectl() string {
	return strings.Join(append([]string{"kubectl"}, o.env.Lead()...), " ")
}

// minorOf returns the minor version of Kubernetes of which a version of its libraries is;
// 0 where that is not known.
func minorOf(libraries string) int {
	minor, _, _ := strings.Cut(strings.TrimPrefix(libraries, "v0."), ".")
	n, _ := strconv.Atoi(minor)
	return n
}
