package api

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheDocumentationShowsRealAnswers finds each answer of the page among the examples,
// as a whole or as one of its nodes. There the pod is in another namespace.
func TestTheDocumentationShowsRealAnswers(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?ms)^```json\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(shown) < 2 {
		t.Fatalf("the page shows %d answers", len(shown))
	}
	known := examples(t)
	for _, block := range shown {
		var answer any
		if err := json.Unmarshal([]byte(strings.Replace(block[1], `"namespace": "default"`, `"namespace": "shop"`, 1)), &answer); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
		if !slices.ContainsFunc(known, func(example any) bool { return cmp.Equal(example, answer) }) {
			t.Errorf("no example has\n%s", block[1])
		}
	}
}

func examples(t *testing.T) (all []any) {
	t.Helper()
	files, err := filepath.Glob("v1alpha1/examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var example map[string]any
		if err := json.Unmarshal(text, &example); err != nil {
			t.Fatal(err)
		}
		nodes, _ := example["nodes"].([]any)
		all = append(append(all, example), nodes...)
	}
	return all
}
