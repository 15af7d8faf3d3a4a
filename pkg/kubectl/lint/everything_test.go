package lint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// filesIn returns the files of a folder of the repository with an ending.
func filesIn(t *testing.T, folder, ending string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join("../../..", folder), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ending) && !strings.Contains(path, "docs/checks/") {
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no file in %s ends in %s: %v", folder, ending, err)
	}
	return out
}

func text(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestNothingIsWrongWithWhatWeShow lints the files that users begin with.
func TestNothingIsWrongWithWhatWeShow(t *testing.T) {
	texts := 0
	for _, path := range append(filesIn(t, "examples", ".yaml"), filesIn(t, "manifests", ".yaml")...) {
		texts += clean(t, path, text(t, path))
	}
	if texts < 9 {
		t.Errorf("only %d texts of rules were found in files", texts)
	}
}

// TestNothingIsWrongWithTheDocumentation lints what readers copy.
func TestNothingIsWrongWithTheDocumentation(t *testing.T) {
	texts := 0
	for _, path := range append(filesIn(t, "docs", ".md"), filesIn(t, "manifests", ".md")...) {
		for i, block := range fence.FindAllStringSubmatch(string(text(t, path)), -1) {
			if block[1] == "yaml" && (strings.Contains(block[2], "TelemetryRules") || strings.Contains(block[2], "kind: ConfigMap")) {
				texts += clean(t, fmt.Sprintf("%s (block %d)", path, i+1), []byte(block[2]))
			}
		}
	}
	if texts < 5 {
		t.Errorf("only %d texts of rules were found in the documentation", texts)
	}
}

// clean reports every finding in a file, and returns how many texts it holds.
func clean(t *testing.T, path string, data []byte) int {
	t.Helper()
	l := newLibrary(settings.DefaultNamespace)
	l.add(path, data, false)
	l.judge(settings.Default(), allowed(settings.Default()), time.Now())
	for _, f := range l.found {
		t.Errorf("%s: %s [%s]", f.where(), f.Message, f.Check)
	}
	return l.texts
}

// manyRules is a file of so many rules.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: rule-%d\n  nodes: {matchLabels: {pool: p%d}}\n  when: {any: [{metric: memory, above: 90%%, clear: 85%%}, {metric: cpu, above: 95%%}]}\n  for: 1m\n  actions: {block: {}}\n", i, i)
	}
	return []byte(b.String())
}

// BenchmarkLint judges 1,000 rules in one file, and in 100.
func BenchmarkLint(b *testing.B) {
	for _, files := range []int{1, 100} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			for b.Loop() {
				l := newLibrary(settings.DefaultNamespace)
				for i := range files {
					data := strings.ReplaceAll(string(manyRules(1000/files)), "rule-", fmt.Sprintf("rule-%d-", i))
					l.add(fmt.Sprintf("%d.yaml", i), []byte(data), true)
				}
				l.judge(settings.Default(), nil, time.Now())
				if len(l.found) > 0 || l.texts != files {
					b.Fatalf("%d texts: %v", l.texts, l.found)
				}
			}
		})
	}
}
