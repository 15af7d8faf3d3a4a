package docs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestEveryExampleIsTested takes each rule and preference out of its file: the test of that
// name has to notice.
func TestEveryExampleIsTested(t *testing.T) {
	taken := 0
	for _, pattern := range []string{"examples/rules/*.yaml", "examples/recipes/rules/*.yaml", "examples/pipeline/rules/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range files {
			taken += mustBeMissed(t, path)
		}
	}
	if taken < 18 {
		t.Errorf("only %d rules were taken out", taken)
	}
}

// mustBeMissed returns how many rules and preferences were taken out of a file.
func mustBeMissed(t *testing.T, path string) (taken int) {
	t.Helper()
	folder := t.TempDir()
	copied := filepath.Join(folder, "rules", filepath.Base(path))
	tests := filepath.Join(folder, "tests", filepath.Base(path))
	put(t, tests, read(t, filepath.Join(filepath.Dir(path), "../tests", filepath.Base(path))))
	put(t, copied, read(t, path))
	if out, code := run("test", tests); code != 0 {
		t.Errorf("the test of %s ends with %d:\n%s", path, code, out)
	}
	for _, field := range []string{"rules", "preferences"} {
		var document map[string]any
		if err := yaml.Unmarshal([]byte(read(t, path)), &document); err != nil {
			t.Fatal(err)
		}
		all, _ := document[field].([]any)
		for i := range all {
			document[field] = slices.Delete(slices.Clone(all), i, i+1)
			without, err := yaml.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			put(t, copied, string(without))
			if out, code := run("test", tests); code != 1 {
				t.Errorf("without %v the test of %s ends with %d:\n%s", all[i], path, code, out)
			}
			taken++
		}
	}
	return taken
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
