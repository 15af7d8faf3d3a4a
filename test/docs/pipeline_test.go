package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// change is one of a file of the pipeline's folder.
type change struct{ path, old, by string }

// TestThePipelineStopsWhatIsBroken runs what stands in examples/pipeline on copies of it.
func TestThePipelineStopsWhatIsBroken(t *testing.T) {
	scripts := pipelines(t)
	for sentence, tc := range map[string]struct {
		change
		code       int
		says       string
		everywhere bool // by each pipeline, and not by check.sh alone
	}{
		"what is good passes":                {change{}, 0, "tests/memory.yaml: ok, 2 cases", true},
		"a mistake in a rule":                {change{"rules/memory.yaml", "above: 90%", "above: 90"}, 1, "threshold", true},
		"a rule that is legal and unwise":    {change{"rules/memory.yaml", "  mode: DryRun", "  keepFiringFor: 2m\n  maxPodPriority: 2000000000"}, 1, "governed", false},
		"a rule that does something else":    {change{"rules/memory.yaml", "above: 90%", "above: 95%"}, 1, "tests/memory.yaml: failed, 2 of 2 cases", false},
		"rules without a test":               {change{"rules/more.yaml", "", "kind: TelemetryRules\n"}, 1, "rules/more.yaml has no test: write tests/more.yaml", false},
		"rules that nobody applies":          {change{"rules/more.yaml", "", "kind: TelemetryRules\n"}, 1, "rules/more.yaml is applied by nobody", false},
		"rules that are not there":           {change{"kustomization.yaml", "rules/memory.yaml", "rules/gone.yaml"}, 2, "gone.yaml", false},
		"a test of rules that are not there": {change{"tests/memory.yaml", "../rules", "../gone"}, 2, "tests/memory.yaml: not run", false},
	} {
		for name, script := range scripts {
			if name != "check.sh" && !tc.everywhere {
				continue
			}
			t.Run(sentence+", by "+name, func(t *testing.T) {
				folder := t.TempDir()
				if err := os.CopyFS(folder, os.DirFS(pipeline)); err != nil {
					t.Fatal(err)
				}
				tc.in(t, folder)
				out, code := shell(t, folder, script)
				if code != tc.code || !strings.Contains(out, tc.says) {
					t.Errorf("it ends with %d, want %d, and should say %q:\n%s", code, tc.code, tc.says, out)
				}
				if _, err := os.Stat(filepath.Join(folder, "junit.xml")); err != nil {
					t.Errorf("CI has nothing to show: %v", err)
				}
			})
		}
	}
}

// in makes the change, or the file.
func (c change) in(t *testing.T, folder string) {
	t.Helper()
	if c.path == "" {
		return
	}
	path, text := filepath.Join(folder, c.path), c.by
	if c.old != "" {
		if before := read(t, path); strings.Contains(before, c.old) {
			text = strings.Replace(before, c.old, c.by, 1)
		} else {
			t.Fatalf("%s has no %q", c.path, c.old)
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// pipelines are the shell commands of each pipeline that is shown, by its file.
func pipelines(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"check.sh": "./check.sh"}
	var github struct {
		Jobs map[string]struct{ Steps []struct{ Run string } }
	}
	var gitlab map[string]struct{ Script []string }
	parse(t, ".github/workflows/rules.yaml", &github)
	parse(t, ".gitlab-ci.yml", &gitlab)
	for _, step := range github.Jobs["check"].Steps {
		out["GitHub"] += step.Run + "\n"
	}
	out["GitLab"] = strings.Join(gitlab["rules"].Script, "\n")
	for name, script := range out {
		if !strings.Contains(script, "./check.sh") {
			t.Errorf("the pipeline of %s checks nothing", name)
		}
	}
	return out
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(pipeline, name))), into); err != nil {
		t.Fatal(err)
	}
}

// shell runs a script as CI systems do, up to the first command that fails.
func shell(t *testing.T, folder, script string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
