package docs

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
)

// checkTests runs a file of tests as if it stood at the top of the repository.
func checkTests(text string) (out []string) {
	report := scenario.Run(context.Background(), "block.yaml", []byte(text), scenario.Options{
		ReadFile: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root, name)) },
	})
	for _, m := range report.Mistakes {
		out = append(out, m.String())
	}
	for i := range report.Cases {
		for j := range report.Cases[i].Failures {
			out = append(out, report.Cases[i].Failures[j].String())
		}
	}
	return out
}

// TestTheFailureOfThePageIsReal expects what does not come of the page's first test.
func TestTheFailureOfThePageIsReal(t *testing.T) {
	page := filepath.Join(root, "docs/testing-rules.md")
	for _, b := range blocks(t, "yaml") {
		if b.page != page {
			continue
		}
		got := checkTests(strings.Replace(b.text, "full: firing", "full: pending", 1))
		if len(got) != 1 || !strings.Contains(read(t, page), strings.Replace(got[0], "block.yaml", "memory.yaml", 1)) {
			t.Errorf("the failure reads\n%s\nand the page shows another one", strings.Join(got, "\n"))
		}
		return
	}
	t.Error("the page has no test")
}
