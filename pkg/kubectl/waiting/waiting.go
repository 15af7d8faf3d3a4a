// Package waiting is the command "kubectl telemetry waiting".
package waiting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

const long = `List the pods that wait because of telemetry, those that wait the longest first: the rule
of the newest attempt in which telemetry kept the pod off a node, since when, and how often
that was. Pods of all namespaces are listed; -n narrows it to one.

The scheduler that leads is asked. Where none answers it is said, and the list is made of
what the conditions of pods say.`

const examples = `  # Who waits?
  kubectl telemetry waiting

  # For one rule, in one namespace
  kubectl telemetry waiting --rule memory-above-90 -n shop

  # What would it take? Ask about one of them
  kubectl telemetry explain web -n shop`

// options are the flags.
type options struct {
	env       *cli.Env
	output    cli.Output
	scheduler ask.Flags
	rules     []string
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "waiting",
		Short:   "List the pods that wait because of telemetry",
		Long:    long,
		Example: examples,
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	o.output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	o.scheduler.AddTo(command)
	command.Flags().StringSliceVar(&o.rules, "rule", nil, "Only pods that wait for these rules; one of a namespace is NAMESPACE/NAME.")
	return command
}

func (o *options) run(ctx context.Context) error {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	pods, err := o.fromScheduler(ctx, config)
	if ask.Silent(err) {
		fmt.Fprintf(o.env.ErrOut, "No scheduler answers: %v.\nThis is what the conditions of pods say: the first rule that is named there, and since when the pod has no node.\n", err)
		pods, err = o.fromPods(ctx, config)
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(pods, longestFirst)
	if format := o.output.Format(); len(pods) == 0 && (format == cli.TableFormat || format == cli.WideFormat) {
		fmt.Fprintln(o.env.ErrOut, "No pod waits because of telemetry.")
		return nil
	}
	return o.output.Print(o.env.Out, result{Items: append([]v1alpha1.WaitingPod{}, pods...)}, func() *cli.Table { return table(pods, o.env.Now()) })
}

// result is what programs read.
type result struct {
	// Items are ordered by how long they wait, the longest first.
	Items []v1alpha1.WaitingPod `json:"items"`
}

func longestFirst(a, b v1alpha1.WaitingPod) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// namespace is that of -n; empty for all.
func (o *options) namespace() string { return *o.env.Config.Namespace }

func (o *options) fromScheduler(ctx context.Context, config *rest.Config) ([]v1alpha1.WaitingPod, error) {
	api, err := o.scheduler.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	defer api.Close()
	list, err := answers.Waiting(ctx, api, o.rules...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(p v1alpha1.WaitingPod) bool {
		return o.namespace() != "" && p.Namespace != o.namespace()
	}), nil
}

func (o *options) fromPods(ctx context.Context, config *rest.Config) ([]v1alpha1.WaitingPod, error) {
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	pods, err := conditioned(ctx, core, o.namespace())
	return slices.DeleteFunc(pods, func(p v1alpha1.WaitingPod) bool {
		return len(o.rules) > 0 && !slices.Contains(o.rules, p.Rule)
	}), err
}

func table(pods []v1alpha1.WaitingPod, now time.Time) *cli.Table {
	t := &cli.Table{Columns: []cli.Column{
		{Name: "namespace"}, {Name: "pod"}, {Name: "rule"}, {Name: "verdict"}, {Name: "for"}, {Name: "last refused"}, {Name: "times"},
		{Name: "priority", Wide: true}, {Name: "scheduler", Wide: true}, {Name: "reason", Wide: true},
	}}
	for i := range pods {
		p := &pods[i]
		refused, times := "-", "-"
		if p.Attempts > 0 {
			refused, times = cli.Age(now, p.Refused)+" ago", fmt.Sprint(p.Attempts)
		}
		t.Add(p.Namespace, p.Name, p.Rule, p.Verdict, cli.Age(now, p.Since), refused, times, fmt.Sprint(p.Priority), p.Scheduler, p.Reason)
	}
	return t
}
