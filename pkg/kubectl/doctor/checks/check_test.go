package checks

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestWhatCannotBeSeenIsNotWell(t *testing.T) {
	found, _ := Run(t.Context(), with(), []Check{{Name: "x", Look: func(context.Context, *Cluster) ([]Finding, error) { return nil, errors.New("no") }}})
	if len(found) != 1 || found[0].Severity != Unknown || found[0].Check != "x" || !Wrong(found) {
		t.Errorf("found %+v", found)
	}
	if Wrong([]Finding{{Severity: Note}}) {
		t.Error("a note is taken for a fault")
	}
}

// TestThePageListsTheChecks holds docs/doctor.md to the registry: names, order and what
// each looks at.
func TestThePageListsTheChecks(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, check := range All() {
		want = append(want, "| `"+check.Name+"` | "+check.About+" |")
	}
	for line := range strings.Lines(string(page)) {
		if columns := strings.Split(line, "|"); len(columns) == 5 && strings.HasPrefix(columns[1], " `") {
			got = append(got, "|"+columns[1]+"|"+columns[2]+"|")
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/doctor.md lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
