// Package status is the command "kubectl telemetry status".
package status

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const long = `Say how the scheduler, its sources and its rules are.

It asks the replica that leads. Where nobody answers it says so, and tells what the
cluster itself knows: who led last, what the leader stored of firing rules, and what is
wrong with the rules that stand there.

That a rule fires is no trouble. The exit code is 1 where something needs attention: a
source that fails, a text that is not in force, the stop button, damaged state, or a
scheduler that does not answer.`

const examples = `  # How is it?
  kubectl telemetry status

  # In a script: nothing is printed unless something needs attention
  kubectl telemetry status --quiet

  # Everything, for programs
  kubectl telemetry status -o json`

// options are the flags.
type options struct {
	env       *cli.Env
	output    cli.Output
	scheduler ask.Flags
	quiet     bool
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "status",
		Short:   "Say how the scheduler, its sources and its rules are",
		Long:    long,
		Example: examples,
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	o.output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	o.scheduler.AddTo(command)
	command.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "Print only what needs attention.")
	return command
}

func (o *options) run(ctx context.Context) error {
	if err := o.env.NoNamespace(); err != nil {
		return err
	}
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	r, err := o.report(ctx, config)
	if err != nil {
		return err
	}
	if err := o.print(r); err != nil {
		return err
	}
	if len(r.Attention) > 0 {
		return cli.ErrFindings
	}
	return nil
}

func (o *options) report(ctx context.Context, config *rest.Config) (*Report, error) {
	r := &Report{At: o.env.Now().UTC(), namespace: o.scheduler.Namespace, Attention: []Note{}}
	if err := o.ask(ctx, config, r); err != nil {
		if !ask.Silent(err) {
			return nil, err
		}
		r.Silence = err.Error()
		r.attend("scheduler", "it does not answer: "+r.Silence, "")
	}
	c, err := o.cluster(config)
	if err != nil {
		return nil, err
	}
	return r, c.fill(ctx, r)
}

// ask fills in what the scheduler says.
func (o *options) ask(ctx context.Context, config *rest.Config, r *Report) error {
	api, err := o.scheduler.Connect(ctx, config)
	if err != nil {
		return err
	}
	defer api.Close()
	return r.ask(ctx, api)
}

func (o *options) cluster(config *rest.Config) (*cluster, error) {
	core, err := corev1client.NewForConfig(config)
	leases, otherwise := coordinationclient.NewForConfig(config)
	return &cluster{core: core, leases: leases, namespace: o.scheduler.Namespace, release: o.scheduler.Release}, errors.Join(err, otherwise)
}

// fill adds what the cluster itself knows, and finds what needs attention.
func (c *cluster) fill(ctx context.Context, r *Report) error {
	if err := c.lease(ctx, r); err != nil {
		return err
	}
	r.judge()
	if err := c.state(ctx, r); err != nil {
		return err
	}
	if r.Answers {
		return nil
	}
	return c.without(ctx, r)
}

// without adds what the scheduler would say of its stop button and of its rules.
func (c *cluster) without(ctx context.Context, r *Report) error {
	s, err := settings.Flags{Namespace: c.namespace}.Online(ctx, c.core)
	if err != nil {
		return fmt.Errorf("reading the scheduler's configuration: %w", err)
	}
	if err := c.button(ctx, r, s); err != nil {
		return err
	}
	return c.lint(ctx, r, s)
}

func (o *options) print(r *Report) error {
	switch format := o.output.Format(); {
	case format == cli.JSONFormat, format == cli.YAMLFormat:
		return o.output.Print(o.env.Out, r, nil)
	case o.quiet:
		showList(o.env.Out, r.Attention)
		return nil
	default:
		return r.show(o.env.Out, o.env.Paint, format == cli.WideFormat)
	}
}
