// Package convert is the command "kubectl telemetry convert": it makes rules of the
// policies of other programs.
package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const long = `Make rules of the policies of other programs.

The rules are written to standard output, and what changes with them, or is lost, to
standard error and as comments into the rules. Where a policy says something that cannot
be a rule, nothing is written. What this version does not carry out is written as a
comment, in the form in which a later one will read it.`

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	command := &cobra.Command{
		Use: "convert", Short: "Make rules of the policies of other programs", Long: long,
		// A group of commands: what is no command of it is a mistake.
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return cli.Usagef("say what to convert from: %s", cli.Subcommands(command))
		},
	}
	command.AddCommand(newTAS(env), newDescheduler(env))
	return command
}

// The formats of the output.
const (
	configMapFormat = "configmap"
	rulesFormat     = "rules"
)

// options are the flags that all converters have.
type options struct {
	env       *cli.Env
	output    cli.Output
	scheduler string
}

func (o *options) addTo(command *cobra.Command) {
	o.output.AddTo(command, configMapFormat, rulesFormat)
	command.Flags().StringVar(&o.scheduler, "scheduler-namespace", settings.DefaultNamespace, "The scheduler's own namespace, where the ConfigMaps are to stand.")
	command.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// convert hands all files to a converter, which returns how many policies one holds, and
// prints what came of them.
func (o *options) convert(files []string, kind string, add func(file string, data []byte) int, made func() ([]*draft.Text, []draft.Remark)) error {
	if len(files) == 0 {
		return cli.Usagef("say what to convert: files, folders, or - for standard input")
	}
	policies := 0
	err := cli.EachFile(files, o.env.In, func(file string, data []byte, named bool) {
		if named || strings.Contains(string(data), kind) {
			policies += add(file, data)
		}
	})
	if err != nil {
		return err
	}
	texts, remarks := made()
	for _, r := range draft.Sorted(remarks) {
		o.say(r)
	}
	switch {
	case draft.AnyError(remarks):
		fmt.Fprintln(o.env.ErrOut, "Nothing was written.")
		return cli.ErrFindings
	case policies == 0:
		return fmt.Errorf("there is no %s in %s", kind, strings.Join(files, " "))
	}
	return o.write(texts)
}

// say prints a remark for people and for editors that jump to places.
func (o *options) say(r draft.Remark) {
	fmt.Fprintf(o.env.ErrOut, "%s:%d:%d: %s: %s\n", r.File, r.Line, r.Column, r.Severity, r.Message)
	if r.Mend != "" {
		fmt.Fprintf(o.env.ErrOut, "    %s\n", r.Mend)
	}
}

// write prints the texts that hold anything.
func (o *options) write(texts []*draft.Text) error {
	texts = slices.DeleteFunc(texts, func(t *draft.Text) bool { return len(t.Rules)+len(t.Preferences) == 0 })
	if len(texts) == 0 {
		fmt.Fprintln(o.env.ErrOut, "Nothing of this can be a rule.")
		return cli.ErrFindings
	}
	var count draft.Count
	for _, t := range texts {
		count.Add(t)
	}
	text := o.text(texts)
	if o.judge(text) {
		fmt.Fprintln(o.env.ErrOut, "Nothing was written.")
		return cli.ErrFindings
	}
	if _, err := fmt.Fprint(o.env.Out, text); err != nil {
		return err
	}
	fmt.Fprintln(o.env.ErrOut, count)
	return nil
}

// text is what is written.
func (o *options) text(texts []*draft.Text) string {
	if o.output.Format() == rulesFormat {
		return draft.Bare(texts)
	}
	maps := make([]string, len(texts))
	for i, t := range texts {
		maps[i] = t.ConfigMap(o.scheduler)
	}
	return strings.Join(maps, "---\n")
}

// judge says what lint finds in a result, and reports whether something keeps it out of
// force.
func (o *options) judge(text string) (refused bool) {
	s := settings.Default()
	s.Namespace = o.scheduler
	for _, f := range lint.Text("the result", []byte(text), s) {
		r := draft.Remark{File: f.File, Severity: draft.Severity(f.Severity), Message: f.Message, Mend: f.Mend}
		r.Line, r.Column = f.Line, f.Column
		o.say(r)
		refused = refused || f.Severity == lint.Error
	}
	return refused
}
