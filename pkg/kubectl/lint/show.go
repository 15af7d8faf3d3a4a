package lint

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// The formats beside JSON.
const (
	textFormat   = "text"
	sarifFormat  = "sarif"
	githubFormat = "github"
)

func (o *options) print(l *library, found []Finding) error {
	switch o.output.Format() {
	case cli.JSONFormat:
		return cli.WriteJSON(o.env.Out, result{Texts: l.texts, Findings: append([]Finding{}, found...), Live: l.live, Uncompared: l.uncompared})
	case sarifFormat:
		return cli.WriteJSON(o.env.Out, sarifOf(found))
	case githubFormat:
		printGitHub(o.env.Out, found)
		return nil
	}
	printText(o.env.Out, o.env.Paint, found)
	if len(l.live) > 0 {
		if err := printLive(o.env.Out, l.live); err != nil {
			return err
		}
	}
	for _, u := range l.uncompared {
		fmt.Fprintf(o.env.Out, "The lines of %s were not compared with the past: %s.\n", u.Metric, cli.Printable(u.Why))
	}
	fmt.Fprintln(o.env.Out, summary(l.texts, found))
	if l.unjudged > 0 {
		fmt.Fprintln(o.env.Out, "Warnings of what has an error may come once that is mended.")
	}
	return nil
}

// result is what -o json prints.
type result struct {
	// Texts is how many texts of rules were judged.
	Texts    int       `json:"texts"`
	Findings []Finding `json:"findings"`
	// Live is what the sources answered, with --live.
	Live []Live `json:"live,omitempty"`
	// Uncompared are the metrics whose lines were not compared with the past, with --live.
	Uncompared []Uncompared `json:"uncompared,omitempty"`
}

// printLive shows how the series of metrics joined nodes.
func printLive(out io.Writer, live []Live) error {
	names := []string{"metric", "source", "joined by", "nodes", "valued", "silent", "ambiguous", "stale", "unusable", "foreign series"}
	table := &cli.Table{}
	for _, name := range names {
		table.Columns = append(table.Columns, cli.Column{Name: name})
	}
	for _, a := range live {
		by := a.Label
		if a.By != "" {
			by += " (" + a.By + ")"
		}
		row := []string{a.Metric, a.Source, cmp.Or(by, "-")}
		for _, n := range []int{a.Nodes, a.Valued, a.Silent, a.Ambiguous, a.Stale, a.Unusable, a.Foreign} {
			row = append(row, strconv.Itoa(n))
		}
		table.Add(row...)
	}
	if err := table.Write(out, false); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// printText shows findings to people: the place and what is wrong, the line with the
// place marked, and how to mend it.
func printText(out io.Writer, paint cli.Paint, found []Finding) {
	for _, f := range found {
		colour := paint.Red
		if f.Severity == Warning {
			colour = paint.Yellow
		}
		check := paint.Faint(" [" + string(f.Check) + "]")
		if f.cutsOff() {
			check = ""
		}
		fmt.Fprintf(out, "%s %s %s%s\n", paint.Bold(cli.Printable(f.where())+":"), colour(string(f.Severity)+":"), cli.Printable(f.Message), check)
		if f.Mark > 0 {
			line, mark := around(f.Text, f.Mark)
			fmt.Fprintf(out, "    %s\n    %s\n", line, mark+colour("^"))
		}
		if f.Mend != "" {
			fmt.Fprintf(out, "    %s\n", cli.Printable(f.Mend))
		}
		fmt.Fprintln(out)
	}
}

// where is file:line:column, with the key where the position alone does not find the
// text.
func (f Finding) where() string {
	switch {
	case f.Line == 0:
		return f.File
	case f.Column == 0:
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// mostShown is how many characters of a line are shown, of which leastBefore at least
// stand before the mark where there are so many.
const (
	mostShown   = 120
	leastBefore = 60
)

// around returns what is shown of a line, and the space before the mark below it.
func around(text string, column int) (line, before string) {
	runes := []rune(text)
	column = min(column, len(runes)+1)
	if begin := column - 1 - leastBefore; len(runes) > mostShown && begin > 0 {
		runes, column = append([]rune("…"), runes[begin:]...), column-begin+1
	}
	if len(runes) > mostShown {
		runes = append(runes[:mostShown:mostShown], '…')
	}
	for _, r := range runes[:column-1] {
		if r == '\t' {
			before += "\t"
		} else {
			before += " "
		}
	}
	return cli.Printable(string(runes)), before
}

func summary(texts int, found []Finding) string {
	listed := slices.DeleteFunc(slices.Clone(found), Finding.cutsOff)
	errors, warnings := count(listed, Error), count(listed, Warning)
	switch {
	case len(found) == 0:
		return cli.Count(texts, "text") + " of rules, nothing is wrong."
	case len(listed) < len(found):
		return fmt.Sprintf("%s of rules, %s, %s, and more that are not listed.", cli.Count(texts, "text"), cli.Count(errors, "error"), cli.Count(warnings, "warning"))
	}
	return fmt.Sprintf("%s of rules, %s, %s.", cli.Count(texts, "text"), cli.Count(errors, "error"), cli.Count(warnings, "warning"))
}
