package scenario

import (
	"os"
	"path/filepath"
	"testing"
)

// scenarios are all scenario files of the repository.
func scenarios(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../../examples/tests/*.yaml", "../rules/engine/testdata/scenarios/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		all = append(all, found...)
	}
	return all
}

func TestScenarios(t *testing.T) {
	for _, path := range scenarios(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			report := Run(t.Context(), path, data, Options{ReadFile: os.ReadFile})
			for _, m := range report.Mistakes {
				t.Error(m)
			}
			for _, c := range report.Cases {
				for _, f := range c.Failures {
					t.Errorf("%s\n%s", c.Name, f.String())
				}
			}
		})
	}
}
