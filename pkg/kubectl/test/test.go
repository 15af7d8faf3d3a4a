// Package test is the command "kubectl telemetry test".
package test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
)

// options are the flags.
type options struct {
	env     *cli.Env
	run     string
	junit   string
	rewrite bool

	only *regexp.Regexp
	// reports are what came of the files, cases how many cases were run, and failed what
	// could not be read or written.
	reports []*scenario.Report
	cases   int
	failed  []error
}

const long = `Test rules without a cluster: a file says what nodes, series and pods there are, and
what is to come of it at which time. docs/testing-rules.md is its reference. Of folders
all files of tests are run, and - is standard input.

Exit codes: 0, all cases are as expected; 1, some are not, or a file has mistakes; 2,
the command was called wrongly, or could not read or write a file.`

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "test FILES…",
		Short:   "Test rules with series and pods of your own",
		Long:    long,
		Example: "  kubectl telemetry test examples/tests/*.yaml\n  kubectl telemetry test --junit report.xml --run 'full node' memory.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, files []string) error { return o.test(c.Context(), files) },
	}
	command.Flags().StringVar(&o.run, "run", "", "Run only the cases whose name matches this regular expression.")
	command.Flags().StringVar(&o.junit, "junit", "", "Write the results to this file too, as JUnit XML.")
	command.Flags().BoolVar(&o.rewrite, "rewrite", false, "Put what came in the place of what was expected, in the files. Read the difference before you commit it.")
	cli.WithOneDash(command.Flags(), "run", "junit", "rewrite")
	return command
}

func (o *options) test(ctx context.Context, files []string) (err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if o.only, err = regexp.Compile(o.run); err != nil {
		return cli.Usagef("--run: %w", err)
	}
	if o.rewrite && slices.Contains(files, "-") {
		return cli.Usagef("--rewrite writes into files, and standard input is none")
	}
	found := false
	unread := cli.EachFile(files, o.env.In, func(name string, data []byte, named bool) {
		if named || holdsTests(data) {
			found = o.one(ctx, name, data) || found
		}
	})
	if err := o.writeJUnit(o.reports); err != nil {
		return err
	}
	switch failed := errors.Join(append(o.failed, unread)...); {
	case failed != nil:
		return failed
	case len(o.reports) == 0:
		return fmt.Errorf("there are no tests in %s", strings.Join(files, " "))
	case found:
		return cli.ErrFindings
	case o.run != "" && o.cases == 0:
		return fmt.Errorf("--run: no case has a name that matches %q", o.run)
	}
	return nil
}

// holdsTests reports whether a file of a folder is one of tests, or was meant to be.
func holdsTests(data []byte) bool {
	var head struct{ Kind string }
	if err := yaml.Unmarshal(data, &head); err != nil {
		return strings.Contains(string(data), rules.TestsKind)
	}
	return head.Kind == rules.TestsKind
}

// readFile reads a file of rules, and remembers that one could not be read.
func (o *options) readFile(name string) ([]byte, error) {
	data, err := cli.ReadFile(name)
	if err != nil {
		o.failed = append(o.failed, err)
	}
	return data, err
}

// one runs one file, and reports whether anything is wrong with it that still is.
func (o *options) one(ctx context.Context, name string, data []byte) bool {
	report := scenario.Run(ctx, name, data, scenario.Options{ReadFile: o.readFile, Only: o.only, Now: o.env.Now})
	o.reports, o.cases = append(o.reports, report), o.cases+len(report.Cases)
	for _, m := range report.Mistakes {
		fmt.Fprintln(o.env.Out, m)
	}
	switch {
	case report.Broken():
		o.conclude(name, o.env.Paint.Red("not run"))
		return true
	case report.Failed() == 0:
		o.conclude(name, fmt.Sprintf("%s, %s", o.env.Paint.Green("ok"), cases(len(report.Cases))))
		return false
	case o.rewrite:
		failed, err := o.rewriteFile(ctx, name, report)
		o.failed = append(o.failed, err)
		return failed
	}
	o.print(report)
	o.conclude(name, fmt.Sprintf("%s, %d of %s", o.env.Paint.Red("failed"), report.Failed(), cases(len(report.Cases))))
	return true
}

func (o *options) conclude(name, text string) {
	fmt.Fprintf(o.env.Out, "%s: %s\n", cli.Printable(name), text)
}

func cases(n int) string {
	if n == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", n)
}

// print tells of every failure, by case.
func (o *options) print(report *scenario.Report) {
	for i := range report.Cases {
		c := &report.Cases[i]
		if len(c.Failures) == 0 {
			continue
		}
		fmt.Fprintf(o.env.Out, "%s: %s\n", o.env.Paint.Red("FAIL"), o.env.Paint.Bold(cli.Printable(c.Name)))
		for j := range c.Failures {
			fmt.Fprintln(o.env.Out, c.Failures[j].String())
		}
	}
}

func (o *options) writeJUnit(reports []*scenario.Report) error {
	if o.junit == "" {
		return nil
	}
	out, err := os.Create(o.junit)
	if err != nil {
		return err
	}
	if err := scenario.WriteJUnit(out, reports); err != nil {
		_ = out.Close()
		return fmt.Errorf("writing %s: %w", o.junit, err)
	}
	return out.Close()
}
