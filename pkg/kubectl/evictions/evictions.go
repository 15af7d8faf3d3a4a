// Package evictions is the command "kubectl telemetry evictions".
package evictions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const long = `List the last pods that rules moved, or would have moved in a dry run, the newest first: from
which node, to which home, where the replacement landed, and whether it helped. The leader
remembers 200, through restarts too; where no scheduler answers it is said, and they are read
from what it stored. Pods of all namespaces are listed; -n narrows it to one.

Why nothing is moved "kubectl telemetry status" says, for each node on which such a rule fires.`

const examples = `  # What was moved, and did it help?
  kubectl telemetry evictions

  # From or to one node, with value and threshold of that time
  kubectl telemetry evictions --node node-1 -o wide

  # By one rule, in full
  kubectl telemetry evictions --rule memory-above-90 -o yaml`

// options are the flags.
type options struct {
	env          *cli.Env
	output       cli.Output
	scheduler    ask.Flags
	rules, nodes []string
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "evictions",
		Short:   "List the pods that rules moved, and whether it helped",
		Long:    long,
		Example: examples,
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	o.output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	o.scheduler.AddTo(command)
	command.Flags().StringSliceVar(&o.rules, "rule", nil, "Only pods that these rules moved; one of a namespace is NAMESPACE/NAME.")
	command.Flags().StringSliceVar(&o.nodes, "node", nil, "Only pods that left these nodes, or were to go there.")
	return command
}

func (o *options) run(ctx context.Context) error {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	last, err := o.fromScheduler(ctx, config)
	if ask.Silent(err) {
		fmt.Fprintf(o.env.ErrOut, "No scheduler answers: %v.\nThis is what the last leader stored.\n", err)
		last, err = o.fromState(ctx, config)
	}
	if err != nil {
		return err
	}
	namespace := *o.env.Config.Namespace
	last = slices.DeleteFunc(last, func(e v1alpha1.Eviction) bool { return namespace != "" && e.Namespace != namespace })
	if format := o.output.Format(); len(last) == 0 && (format == cli.TableFormat || format == cli.WideFormat) {
		fmt.Fprintln(o.env.ErrOut, o.nothing(namespace))
		return nil
	}
	return o.output.Print(o.env.Out, result{Items: append([]v1alpha1.Eviction{}, last...)}, func() *cli.Table { return table(last, o.env.Now()) })
}

// nothing says that there is nothing of what was asked for.
func (o *options) nothing(namespace string) string {
	var of []string
	if namespace != "" {
		of = append(of, "of the namespace "+namespace)
	}
	if len(o.rules) > 0 {
		of = append(of, "by "+strings.Join(o.rules, ", "))
	}
	if len(o.nodes) > 0 {
		of = append(of, "from or to "+strings.Join(o.nodes, ", "))
	}
	if len(of) == 0 {
		return "No pod was moved, and none would have been."
	}
	return "Among the last evictions is none " + strings.Join(of, ", ") + ". Without -n, --rule and --node all are listed."
}

// result is what programs read.
type result struct {
	// Items are the newest first.
	Items []v1alpha1.Eviction `json:"items"`
}

func (o *options) fromScheduler(ctx context.Context, config *rest.Config) ([]v1alpha1.Eviction, error) {
	s, err := o.scheduler.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	list, err := answers.Evictions(ctx, s, o.rules, o.nodes)
	if err != nil {
		return nil, err
	}
	return list.Last, nil
}

func table(last []v1alpha1.Eviction, now time.Time) *cli.Table {
	t := &cli.Table{Columns: []cli.Column{
		{Name: "ago"}, {Name: "namespace"}, {Name: "pod"}, {Name: "from"}, {Name: "home"}, {Name: "landed"}, {Name: "rule"}, {Name: "outcome"}, {Name: "relief"},
		{Name: "owner", Wide: true}, {Name: "sample", Wide: true}, {Name: "because", Wide: true},
	}}
	for i := range last {
		e := &last[i]
		t.Add(cli.Age(now, e.At), e.Namespace, e.Name, e.From, e.Home, dash(e.Landed), strings.Join(e.Rules, ", "), outcome(e), relief(e),
			owner(e), time.Duration(e.SampleAgeSeconds*float64(time.Second)).Round(time.Second).String(), dash(strings.Join(e.Says, "; ")))
	}
	return t
}

func dash(text string) string { return cmp.Or(text, "-") }

// outcome is how a move went, or where it stands.
func outcome(e *v1alpha1.Eviction) string {
	if e.Why != "" {
		return e.Outcome + ": " + e.Why
	}
	return cmp.Or(e.Outcome, e.Step)
}

func owner(e *v1alpha1.Eviction) string {
	if e.OwnerName == "" {
		return "-"
	}
	return e.OwnerKind + "/" + e.OwnerName
}

// relief is what was observed of what was predicted.
func relief(e *v1alpha1.Eviction) string {
	if e.Predicted == nil {
		return "-"
	}
	unit := map[string]rules.Unit{"cpu": rules.UnitCores, "memory": rules.UnitBytes}[e.Resource]
	predicted := engine.FormatValue(*e.Predicted, unit)
	if e.Observed == nil {
		return predicted + " expected"
	}
	return engine.FormatValue(*e.Observed, unit) + " of " + predicted
}
