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

// metricNames find metrics in the code.
var metricNames = []string{`Subsystem: (?:subsystem|"telemetry_scheduler"), Name: "([a-z_]+)"`, `NewDesc\("([a-z_]+)"`}

func TestEveryMetricIsDocumentedAndExists(t *testing.T) {
	const prefix = "telemetry_scheduler_"
	real := inCode(t, prefix, metricNames...)
	documented := regexp.MustCompile(prefix+`[a-z_]+`).FindAllString(operating(t), -1)
	compare(t, "metric", real, documented)
}

// TestAlertsAndDashboardAskForMetricsThatExist; test/integration asks a real Prometheus.
func TestAlertsAndDashboardAskForMetricsThatExist(t *testing.T) {
	const prefix = "telemetry_scheduler_"
	real := inCode(t, prefix, metricNames...)
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		text := read(t, filepath.Join(root, "manifests/charts/telemetry-scheduler/files", file))
		for _, name := range regexp.MustCompile(prefix+`[a-z_]+`).FindAllString(text, -1) {
			if !slices.Contains(real, name) && !slices.Contains(real, strings.TrimSuffix(name, "_bucket")) {
				t.Errorf("%s asks for %s, which does not exist", file, name)
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
