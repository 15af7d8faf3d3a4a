package rules

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// update writes what Parse says into the fixtures, for the author to read.
var update = flag.Bool("update", false, "rewrite the expected mistakes in testdata")

// wantMark begins the comment at the end of a fixture that holds the expected
// mistakes, one a line.
const wantMark = "# want:\n"

func clusterOptions() Options {
	return Options{Metrics: Builtins(15*time.Second, time.Minute)}
}

// TestFixtures parses every file of a folder and compares the mistakes with
// those at its end.
func TestFixtures(t *testing.T) {
	namespaced := clusterOptions()
	namespaced.Namespace = "team-a"
	for folder, parse := range map[string]func(string, []byte) (*Document, []Mistake){
		"mistakes":   func(f string, data []byte) (*Document, []Mistake) { return Parse(f, data, clusterOptions()) },
		"namespaced": func(f string, data []byte) (*Document, []Mistake) { return Parse(f, data, namespaced) },
	} {
		for _, path := range glob(t, "testdata/"+folder+"/*.yaml") {
			name := filepath.Base(path)
			t.Run(folder+"/"+strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
				checkFixture(t, path, parse)
			})
		}
	}
}

func checkFixture(t *testing.T, path string, parse func(string, []byte) (*Document, []Mistake)) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, want, _ := strings.Cut(string(data), wantMark)
	document, mistakes := parse(filepath.Base(path), []byte(text))
	var got strings.Builder
	harmless := true
	for _, m := range mistakes {
		got.WriteString("# " + m.String() + "\n")
		harmless = harmless && m.Warning
		if m.Check == "" {
			t.Errorf("no check found %q", m)
		}
	}
	if harmless != (document != nil) {
		t.Errorf("a document came: %v; every mistake was a warning: %v", document != nil, harmless)
	}
	if len(mistakes) == 0 {
		t.Errorf("nothing was found to be wrong")
	}
	if *update {
		if err := os.WriteFile(path, []byte(text+wantMark+got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return paths
}
