package lint

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

func TestLinesAreShownWithTheirPlace(t *testing.T) {
	long := strings.Repeat("a", 200) + "X" + strings.Repeat("b", 200)
	for name, tc := range map[string]struct {
		text         string
		column       int
		line, before string
	}{
		"as it is":                                   {"a: X", 4, "a: X", "   "},
		"tabs stay tabs":                             {"\ta:\tX", 5, "\ta:\tX", "\t  \t"},
		"a place behind the end":                     {"a:", 9, "a:", "  "},
		"columns are characters":                     {"é: X", 4, "é: X", "   "},
		"what acts upon a terminal is replaced":      {"a: \x1b[31mX", 9, "a: \ufffd[31mX", "        "},
		"a long line is cut on both sides":           {long, 201, "…" + strings.Repeat("a", 60) + "X" + strings.Repeat("b", 58) + "…", strings.Repeat(" ", 61)},
		"the beginning of a long line has no dots":   {long, 3, strings.Repeat("a", 120) + "…", "  "},
		"a whole line that is as long as is allowed": {strings.Repeat("a", 119) + "X", 120, strings.Repeat("a", 119) + "X", strings.Repeat(" ", 119)},
	} {
		t.Run(name, func(t *testing.T) {
			line, before := around(tc.text, tc.column)
			if line != tc.line || before != tc.before {
				t.Errorf("got  %q %q\nwant %q %q", line, before, tc.line, tc.before)
			}
		})
	}
}

func TestAListThatIsCutOffIsCountedAsOne(t *testing.T) {
	var b strings.Builder
	b.WriteString("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n")
	for i := range 150 {
		fmt.Fprintf(&b, "- {name: r%d, when: {metric: memory, above: 90}, actions: {block: {}}}\n", i)
	}
	found := lintText(t, "", b.String())
	if got, want := summary(1, found), "1 text of rules, 100 errors, 0 warnings, and more that are not listed."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var out bytes.Buffer
	printText(&out, cli.Paint{}, found)
	if want := "there are more mistakes, which are not listed\n"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in %q", want, out.String()[out.Len()-300:])
	}
}
