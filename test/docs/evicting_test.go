package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

var (
	evicting    = filepath.Join(root, "docs/evicting.md")
	reasonsOf   = regexp.MustCompile(`(?s)(<!-- reasons: [^\n]*-->\n).*(<!-- end of reasons -->)`)
	reasonGroup = regexp.MustCompile(`(?s)// ([^\n]*)\n(?:// [^\n]*\n)*(?:const \(\n(.*?)\n\)|const (\w+ Reason = "\w+"))`)
	reasonName  = regexp.MustCompile(`(\w+) +Reason = "(\w+)"`)
)

// TestEveryReasonIsDocumented makes the tables of reasons of what the code says of them.
func TestEveryReasonIsDocumented(t *testing.T) {
	tables := reasonTables(t)
	before := read(t, evicting)
	after := reasonsOf.ReplaceAllString(before, "${1}"+tables+"\n${2}")
	if *update {
		if err := os.WriteFile(evicting, []byte(after), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("docs/evicting.md has other reasons than the code (−documented +real):\n%s", diff)
	}
}

// reasonTables has a table for each group of reasons.
func reasonTables(t *testing.T) string {
	t.Helper()
	code, found := read(t, filepath.Join(root, "pkg/descheduler/plan/reason.go")), 0
	var out strings.Builder
	for _, group := range reasonGroup.FindAllStringSubmatch(code, -1) {
		fmt.Fprintf(&out, "\n%s\n\n| reason | what it says |\n|---|---|\n", group[1])
		for _, reason := range reasonName.FindAllStringSubmatch(group[2]+group[3], -1) {
			fmt.Fprintf(&out, "| `%s` | %s |\n", reason[2], plan.Reason(reason[2]).Sentence())
			found++
		}
	}
	if all := len(reasonName.FindAllString(code, -1)); found < 60 || found != all {
		t.Fatalf("of %d reasons %d were found: the test looks for the wrong thing", all, found)
	}
	return out.String()
}

func TestEveryStepAndOutcomeIsDocumented(t *testing.T) {
	documented := read(t, evicting)
	for _, step := range []memory.Step{memory.Acting, memory.WaitingForGone, memory.WaitingForReplacement, memory.Verifying} {
		if !strings.Contains(documented, "| `"+string(step)+"` |") {
			t.Errorf("the step %s is not documented", step)
		}
	}
	for _, outcome := range memory.Outcomes {
		if !strings.Contains(documented, "| `"+string(outcome)+"` |") {
			t.Errorf("the outcome %s is not documented", outcome)
		}
	}
}
