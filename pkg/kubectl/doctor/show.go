package doctor

import (
	"fmt"
	"io"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/doctor/checks"
)

// result is what -o json and -o yaml print.
type result struct {
	// Checks is how many checks were made.
	Checks   int              `json:"checks"`
	Findings []checks.Finding `json:"findings"`
}

func (o *options) print(made, skipped int, found []checks.Finding) error {
	if o.output.Format() != textFormat {
		return o.output.Print(o.env.Out, result{Checks: made, Findings: append([]checks.Finding{}, found...)}, nil)
	}
	printText(o.env.Out, o.env.Paint, found)
	_, err := fmt.Fprintln(o.env.Out, summary(made, skipped, found))
	return err
}

// printText shows findings to people: what is wrong, why it matters, and the command.
func printText(out io.Writer, paint cli.Paint, found []checks.Finding) {
	for _, f := range found {
		fmt.Fprintf(out, "%s %s %s\n", colour(paint, f.Severity)(string(f.Severity)+":"), cli.Printable(f.What), paint.Faint("["+f.Check+"]"))
		for _, line := range []string{f.Why, f.Advice} {
			if line != "" {
				fmt.Fprintf(out, "    %s\n", cli.Printable(line))
			}
		}
		for _, command := range []struct{ does, line string }{{"mend", f.Mend}, {"look", f.Look}} {
			if command.line != "" {
				fmt.Fprintf(out, "    %s: %s\n", command.does, paint.Bold(cli.Printable(command.line)))
			}
		}
		fmt.Fprintln(out)
	}
}

func colour(paint cli.Paint, s checks.Severity) func(string) string {
	switch s {
	case checks.Error:
		return paint.Red
	case checks.Note:
		return paint.Bold
	}
	return paint.Yellow
}

func summary(made, skipped int, found []checks.Finding) string {
	counts := map[checks.Severity]int{}
	for _, f := range found {
		counts[f.Severity]++
	}
	if len(found) == 0 {
		return cli.Count(made, "check") + ", nothing is wrong."
	}
	return fmt.Sprintf("%s: %s, %s, %s, %d not looked at.", cli.Count(made+skipped, "check"), cli.Count(counts[checks.Error], "error"),
		cli.Count(counts[checks.Warning], "warning"), cli.Count(counts[checks.Note], "note"), counts[checks.Unknown]+skipped)
}
