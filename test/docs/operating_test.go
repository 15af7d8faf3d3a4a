package docs

import (
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

func operating(t *testing.T) string { return read(t, filepath.Join(root, "docs/operating.md")) }

func TestTheDefaultsAreTheDefaults(t *testing.T) {
	for _, b := range blocks(t, "yaml") {
		if !strings.HasPrefix(b.text, "rulesLabel:") {
			continue
		}
		documented, err := args.Parse([]byte(b.text), args.Options{SourceTypes: args.Types()})
		if err != nil {
			t.Fatal(err)
		}
		defaults, err := args.Parse(nil, args.Options{SourceTypes: args.Types()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(defaults, documented); diff != "" {
			t.Errorf("%s documents other defaults (−real +documented):\n%s", b.page, diff)
		}
		return
	}
	t.Error("no page documents the defaults of the arguments")
}

// inCode collects what a pattern's only group finds in the product's code.
func inCode(t *testing.T, prefix string, patterns ...string) []string {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text := read(t, path)
		for _, pattern := range patterns {
			for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
				found[prefix+strings.TrimPrefix(match[1], prefix)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// ourMetrics finds names of metrics.
var ourMetrics = regexp.MustCompile(`telemetry_scheduler_[a-z_]+`)

// TestEveryMetricThatIsNamedExists: those in the table of docs/operating.md are the ones that a
// scheduler registers, as pkg/app tests. test/integration asks a real Prometheus what alerts
// and dashboard ask.
func TestEveryMetricThatIsNamedExists(t *testing.T) {
	real := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `("+ourMetrics.String()+")`").FindAllStringSubmatch(operating(t), -1) {
		real[row[1]] = true
	}
	if len(real) == 0 {
		t.Fatal("docs/operating.md has no table of metrics")
	}
	watching := filepath.Join(root, "manifests/charts/telemetry-scheduler/files")
	for _, file := range append(pages(t), filepath.Join(watching, "alerts.yaml"), filepath.Join(watching, "dashboard.json")) {
		for _, name := range ourMetrics.FindAllString(read(t, file), -1) {
			if plain := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, ""); !real[name] && !real[plain] {
				t.Errorf("%s names the metric %s, which does not exist", file, name)
			}
		}
	}
}

func TestEveryEventIsDocumentedAndExists(t *testing.T) {
	real := inCode(t, "", `\b[rR]eason[A-Z][A-Za-z]+ += "([A-Za-z]+)"`)
	var documented []string
	for _, line := range regexp.MustCompile(`(?m)^\| Events of .*$`).FindAllString(operating(t), -1) {
		for _, found := range regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(line, -1) {
			if found[1] != "FailedScheduling" { // kube-scheduler's own
				documented = append(documented, found[1])
			}
		}
	}
	compare(t, "Event", real, documented)
}

func compare(t *testing.T, what string, real, documented []string) {
	t.Helper()
	if len(real) == 0 {
		t.Errorf("no %s was found in the code: the test looks for the wrong thing", what)
	}
	for _, name := range real {
		if !slices.Contains(documented, name) {
			t.Errorf("the %s %s is not documented", what, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(real, name) {
			t.Errorf("the %s %s is documented and does not exist", what, name)
		}
	}
}
