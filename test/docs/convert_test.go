package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl"
)

const convertCommand = "kubectl telemetry convert "

// isForeign reports whether a block is a policy of another program.
func isForeign(text string) bool {
	return strings.Contains(text, "\nkind: TASPolicy\n") || strings.Contains(text, "\nkind: DeschedulerPolicy\n")
}

// TestEveryConversionIsReal runs every command that is shown with what comes of it, and
// compares.
func TestEveryConversionIsReal(t *testing.T) {
	shown, shownOfErrors := 0, 0
	for _, page := range pages(t) {
		all := fence.FindAllStringSubmatch(read(t, page), -1)
		for i, b := range all {
			if b[1] != "sh" || !strings.HasPrefix(b[2], convertCommand) || i+1 == len(all) || !strings.Contains(b[2], " -o rules ") {
				continue
			}
			out, said := converted(t, b[2])
			if diff := cmp.Diff(out, all[i+1][2]); diff != "" {
				t.Errorf("%s shows something else than what comes of %s%s", page, b[2], diff)
			}
			shown++
			if i+2 < len(all) && strings.HasPrefix(all[i+2][2], "examples/") {
				if diff := cmp.Diff(said, all[i+2][2]); diff != "" {
					t.Errorf("%s shows something else than what is said by %s%s", page, b[2], diff)
				}
				shownOfErrors++
			}
		}
	}
	if shown < 4 || shownOfErrors < 1 {
		t.Errorf("only %d conversions and %d of what they say were found: the test looks in the wrong place", shown, shownOfErrors)
	}
}

// converted runs a command of the plugin at the top of the repository.
func converted(t *testing.T, command string) (out, said string) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	defer t.Chdir(here)
	var stdout, stderr bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &stdout, ErrOut: &stderr}
	if code := kubectl.Run(streams, strings.Fields(command)[2:]); code != 0 {
		t.Errorf("%s ends with %d: %s", command, code, &stderr)
	}
	return stdout.String(), stderr.String()
}

// TestEveryForeignPolicyIsAnExample finds the policies that readers are shown among the
// files that the commands convert.
func TestEveryForeignPolicyIsAnExample(t *testing.T) {
	var files []string
	for _, folder := range []string{"tas", "descheduler"} {
		found, err := filepath.Glob(filepath.Join(root, "examples", folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			files = append(files, read(t, path))
		}
	}
	shown := 0
	for _, b := range blocks(t, "yaml") {
		if !isForeign(b.text) {
			continue
		}
		if shown++; !slices.Contains(files, b.text) {
			t.Errorf("%s shows a policy that is no file of the examples:\n%s", b.page, b.text)
		}
	}
	if shown < 3 {
		t.Errorf("only %d policies were found: the test looks in the wrong place", shown)
	}
}
