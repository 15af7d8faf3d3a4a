package docs

import (
	"path/filepath"
	"strings"
	"testing"
)

// examples returns the code of the example programs, which their own tests compile
// and run.
func examples(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "examples/*/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") {
			out[path] = read(t, path)
		}
	}
	return out
}

func stands(in map[string]string, text string) bool {
	for _, code := range in {
		if strings.Contains("\n"+code, "\n"+text) {
			return true
		}
	}
	return false
}

func TestEveryGoBlockStandsInAnExample(t *testing.T) {
	code, shown := examples(t), blocks(t, "go")
	if len(shown) < 3 {
		t.Errorf("only %d blocks were found: the test looks in the wrong place", len(shown))
	}
	for _, b := range shown {
		if !stands(code, b.text) {
			t.Errorf("%s shows code that is in no example as it stands:\n%s", b.page, b.text)
		}
	}
}

// TestEveryDifferenceLeadsToAnExample holds what a difference leaves.
func TestEveryDifferenceLeadsToAnExample(t *testing.T) {
	code, shown := examples(t), blocks(t, "diff")
	if len(shown) == 0 {
		t.Error("no difference was found: the test looks in the wrong place")
	}
	for _, b := range shown {
		if after := applied(b.text); !stands(code, after) {
			t.Errorf("%s shows a difference that leads to no example:\n%s", b.page, after)
		}
	}
}

// applied returns the lines that a difference leaves.
func applied(difference string) string {
	var out strings.Builder
	for line := range strings.Lines(difference) {
		if !strings.HasPrefix(line, "-") {
			out.WriteString(line[1:])
		}
	}
	return out.String()
}

// TestThePromisedPackagesAreNamed holds the page to the lists.
func TestThePromisedPackagesAreNamed(t *testing.T) {
	page := read(t, filepath.Join(root, "docs/extending.md"))
	lists, err := filepath.Glob(filepath.Join(root, "test/api/testdata/*.txt"))
	if err != nil || len(lists) == 0 {
		t.Fatalf("there are no lists of what is promised: %v", err)
	}
	for _, list := range lists {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(list), ".txt"), "_", "/")
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("docs/extending.md does not say that %s is promised", name)
		}
	}
}

// TestTheModuleOfAThirdPartyIsOurs holds the page to our go.mod and to how we build.
func TestTheModuleOfAThirdPartyIsOurs(t *testing.T) {
	module := read(t, filepath.Join(root, "go.mod"))
	shown := blocks(t, "mod")
	if len(shown) != 1 {
		t.Fatalf("%d blocks of a go.mod were found, want 1", len(shown))
	}
	if strings.Count(module, "replace") != 1 || !strings.Contains(module, "\n"+shown[0].text) {
		t.Errorf("%s shows other replace lines than go.mod has", shown[0].page)
	}
	_, flags, _ := strings.Cut(read(t, filepath.Join(root, "Makefile")), "\nLDFLAGS := ")
	flags, _, _ = strings.Cut(flags, "\n")
	if want := "go build -ldflags '" + flags + "' -o my-scheduler ."; flags == "" || !strings.Contains(read(t, shown[0].page), want) {
		t.Errorf("%s does not show %q", shown[0].page, want)
	}
}
