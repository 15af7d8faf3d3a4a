// Package top is the command "kubectl telemetry top".
package top

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/standin"
)

const long = `Show nodes with the metrics that rules look at, and how rules stand there: first the
nodes where a rule keeps pods off, then those nearest to a line.

A value that is not known, or too old to count, is a question mark.

The scheduler that leads is asked. Where none answers it is said, and the nodes are judged
here, from the rules in the cluster and the telemetry sources.`

const examples = `  # The nodes in trouble
  kubectl telemetry top

  # Go on, until Ctrl-C
  kubectl telemetry top -w

  # Those with the least free memory
  kubectl telemetry top --sort-by memory-available:lowest

  # Two nodes, with the ages of their values and all rules
  kubectl telemetry top node-1 node-2 -o wide`

// defaultLimit is how many nodes people are shown.
const defaultLimit = 20

// options are the flags.
type options struct {
	env       *cli.Env
	output    cli.Output
	scheduler ask.Flags
	here      standin.Flags
	sortBy    string
	limit     int
	limited   bool // whether the user said how many
	watch     bool
	interval  time.Duration

	connect func(context.Context) (connection, error)
	// standIn opens who answers in the place of a scheduler that does not, and why.
	standIn func(context.Context, error) (connection, error)
}

// connection is a scheduler that can be asked.
type connection interface {
	answers.Asker
	Close()
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	o.connect, o.standIn = o.dial, o.open
	command := &cobra.Command{
		Use:     "top [NODE…]",
		Short:   "Show nodes with what rules look at, those in trouble first",
		Long:    long,
		Example: examples,
		RunE: func(command *cobra.Command, args []string) error {
			o.limited = command.Flags().Changed("limit")
			if !o.watch {
				return o.run(command.Context(), args)
			}
			ctx, stop := untilInterrupted(command.Context())
			defer stop()
			return o.run(ctx, args)
		},
	}
	o.output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	o.scheduler.AddTo(command)
	o.here.AddTo(command)
	flags := command.Flags()
	flags.StringVar(&o.sortBy, "sort-by", byTrouble, "Which nodes are first: those in trouble, by name, or those with the highest value of a metric; METRIC:lowest is the other way round.")
	flags.IntVar(&o.limit, "limit", defaultLimit, "Show so many nodes; 0 for all. Formats for programs have all unless this is given.")
	flags.BoolVarP(&o.watch, "watch", "w", false, "Go on until Ctrl-C.")
	flags.DurationVar(&o.interval, "interval", 5*time.Second, "With --watch, the time between two looks.")
	_ = command.RegisterFlagCompletionFunc("sort-by", cobra.FixedCompletions([]string{byTrouble, byName, "cpu", "memory"}, cobra.ShellCompDirectiveNoFileComp))
	return command
}

func (o *options) dial(ctx context.Context) (connection, error) {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return o.scheduler.Connect(ctx, config)
}

func (o *options) open(ctx context.Context, why error) (connection, error) {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return o.here.Open(ctx, config, &o.scheduler, why, o.env.ErrOut)
}

func (o *options) run(ctx context.Context, nodes []string) error {
	if err := o.env.NoNamespace(); err != nil {
		return err
	}
	switch {
	case o.limit < 0:
		return cli.Usagef("--limit is %d; write 0 for all nodes, or a number", o.limit)
	case o.watch && o.interval <= 0:
		return cli.Usagef("--interval is %v; write one such as 5s", o.interval)
	case o.watch:
		return o.follow(ctx, nodes)
	}
	w := &watcher{options: o, nodes: nodes}
	defer w.close()
	v, err := w.look(ctx, true)
	if err != nil {
		return err
	}
	return cmp.Or(o.print(v, o.page()), w.incomplete(v))
}

// incomplete is why what is shown is not whole; nil where it is, and where the scheduler
// answered.
func (w *watcher) incomplete(v *view) error {
	here, is := w.here.(interface{ Incomplete() error })
	if !is || !v.blind() {
		return nil
	}
	return here.Incomplete()
}

// look asks for everything that is shown, in its order.
func (o *options) look(ctx context.Context, api answers.Asker, nodes []string) (*view, error) {
	list, err := answers.Nodes(ctx, api, nodes...)
	if err != nil {
		return nil, err
	}
	all, err := answers.Rules(ctx, api)
	if err != nil {
		return nil, err
	}
	v := &view{nodes: list.Items, board: list.Board, idle: map[string]string{}}
	for i := range all.Items {
		if why := idle(&all.Items[i], &all.Pause); why != "" {
			v.idle[all.Items[i].Name] = why
		}
	}
	return v, v.sort(o.sortBy)
}

// idle says why a rule does nothing where it fires; empty where it does.
func idle(r *v1alpha1.Rule, p *v1alpha1.Pause) string {
	switch {
	case r.Mode == "DryRun":
		return "dry run"
	case r.Paused, p.Block:
		return "paused"
	}
	return ""
}

func (o *options) page() page {
	width, _, _ := cli.Screen(o.env.Out)
	return page{now: o.env.Now(), limit: o.limit, width: width, wide: o.output.Format() == cli.WideFormat, paint: o.env.Paint}
}

// result is what programs read.
type result struct {
	Board v1alpha1.Board `json:"board"`
	// Nodes are in the order that was asked for.
	Nodes []v1alpha1.Node `json:"nodes"`
}

func (o *options) print(v *view, p page) error {
	if format := o.output.Format(); format != cli.JSONFormat && format != cli.YAMLFormat {
		return v.show(o.env.Out, p)
	}
	nodes := append([]v1alpha1.Node{}, v.nodes...)
	if o.limited && o.limit > 0 {
		nodes = nodes[:min(o.limit, len(nodes))]
	}
	if o.watch && o.output.Format() == cli.YAMLFormat {
		fmt.Fprintln(o.env.Out, "---")
	}
	return o.output.Print(o.env.Out, result{Board: v.board, Nodes: nodes}, nil)
}
