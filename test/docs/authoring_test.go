package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guide is the page that goes from one rule to a pipeline, and pipeline where it ends.
const (
	guide    = root + "/docs/authoring.md"
	pipeline = root + "/examples/pipeline"
)

// TestTheGuideForAuthorsIsTrue goes the way of the page in an empty folder, step by step. A
// block that is a file of examples/pipeline is written, commands behind a $ must answer
// as they do there, and other lines for shells must succeed. What kubectl itself does with
// a cluster is for test/integration. In the end, where the last change is taken back, the
// folder is examples/pipeline.
func TestTheGuideForAuthorsIsTrue(t *testing.T) {
	w := newWalk(t)
	before := read(t, guide)
	after := fence.ReplaceAllStringFunc(before, w.step)
	if *update {
		if err := os.WriteFile(guide, []byte(after), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("docs/authoring.md shows something else than what comes (−shown +real):\n%s", diff)
	}
	if w.commands < 12 {
		t.Errorf("only %d commands were found: the test looks in the wrong place", w.commands)
	}
	for path, text := range w.files {
		if diff := cmp.Diff(text, read(t, filepath.Join(w.folder, path))); diff != "" {
			t.Errorf("the way ends with another %s (−example +guide):\n%s", path, diff)
		}
	}
}

// walk is somebody who does what the page says.
type walk struct {
	t        *testing.T
	folder   string
	files    map[string]string // of examples/pipeline, by path
	commands int
}

func newWalk(t *testing.T) *walk {
	// Nothing reaches for the cluster, or the settings, of whoever runs it.
	for name, value := range map[string]string{
		"KUBECONFIG": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "ann", "GIT_AUTHOR_EMAIL": "ann@example.com", "GIT_COMMITTER_NAME": "ann", "GIT_COMMITTER_EMAIL": "ann@example.com",
	} {
		t.Setenv(name, value)
	}
	w := &walk{t: t, folder: t.TempDir(), files: map[string]string{}}
	for _, path := range filesIn(t, pipeline) {
		name, err := filepath.Rel(pipeline, path)
		if err != nil {
			t.Fatal(err)
		}
		if name == ".gitignore" {
			w.write(name, read(t, path))
			continue
		}
		w.files[name] = read(t, path)
	}
	w.must("git init --quiet .")
	return w
}

// step does what a block says, and returns it with what came.
func (w *walk) step(fenced string) string {
	b := fence.FindStringSubmatch(fenced)
	defer w.must("git add --all && git commit --quiet --allow-empty --message step")
	if name := w.fileOf(b[2]); name != "" {
		w.write(name, b[2])
		return fenced
	}
	switch b[1] {
	case "console":
		return "```console\n" + w.console(b[2]) + "```"
	case "sh":
		for line := range strings.Lines(b[2]) {
			if !strings.HasPrefix(line, "kubectl ") {
				w.must(line)
			}
		}
	default:
		w.t.Errorf("docs/authoring.md shows what is no file of examples/pipeline:\n%s", b[2])
	}
	return fenced
}

func (w *walk) fileOf(text string) string {
	for name, is := range w.files {
		if is == text {
			return name
		}
	}
	return ""
}

// console runs the commands of a block, and returns them with their answers.
func (w *walk) console(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if command, is := strings.CutPrefix(line, "$ "); is {
			answer, _ := w.run(command)
			out.WriteString(line + answer)
			w.commands++
		}
	}
	return out.String()
}

func (w *walk) write(name, text string) {
	path := filepath.Join(w.folder, name)
	put(w.t, path, text)
	if err := os.Chmod(path, 0o700); err != nil { // so that check.sh can be run
		w.t.Fatal(err)
	}
}

func (w *walk) must(command string) {
	w.t.Helper()
	if out, err := w.run(command); err != nil {
		w.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func (w *walk) run(command string) (string, error) {
	cmd := exec.CommandContext(w.t.Context(), "sh", "-e", "-c", command)
	cmd.Dir = w.folder
	out, err := cmd.CombinedOutput()
	return string(out), err
}
