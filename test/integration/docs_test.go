package integration

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

var (
	fenced = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")
	inline = regexp.MustCompile("`(kubectl [^`]+)`")
)

// command is one that a page shows, and the folder where its reader is.
type command struct{ line, folder string }

// TestTheCommandsOfTheDocumentationWork runs every kubectl command that readers
// are shown, after the ConfigMaps that they are shown.
func TestTheCommandsOfTheDocumentationWork(t *testing.T) {
	t.Parallel()
	bed := shared(t)
	var maps []string
	var commands []command
	for _, p := range documentation(t) {
		folder := places[p.name]
		for _, block := range fenced.FindAllStringSubmatch(p.text, -1) {
			switch {
			case block[1] == "sh" && p.name != "oncall.md": // all of which onCall runs
				for _, line := range kubectlLines(block[2]) {
					commands = append(commands, command{line, folder})
				}
			case strings.Contains(block[2], "kind: ConfigMap\n"):
				maps = append(maps, block[2])
			}
		}
		for _, found := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(p.text, ""), -1) {
			commands = append(commands, command{found[1], folder})
		}
	}
	if len(maps) < 2 || len(commands) < 4 {
		t.Fatalf("only %d ConfigMaps and %d commands were found: the test looks in the wrong place", len(maps), len(commands))
	}
	installed(t, bed)
	for _, text := range maps {
		if found := elsewhere.FindStringSubmatch(text); found != nil && found[1] != testbed.Namespace {
			kubectl(t, bed, command{line: "kubectl create namespace " + found[1]}, "")
		}
		kubectl(t, bed, command{line: "kubectl apply -f -"}, text)
	}
	// What asks a scheduler is run where one runs: see onCall.
	commands = slices.DeleteFunc(commands, func(c command) bool { return asksTheScheduler.MatchString(c.line) })
	done := map[command]bool{}
	for _, c := range removalsLast(commands) {
		if only := looks.MatchString(c.line); only && done[c] {
			continue // pages of alerts begin with the same looks
		}
		done[c] = true
		t.Log(c.line)
		if strings.HasPrefix(c.line, "kubectl telemetry pause") { // as a reader would, whom no other page has made press it
			kubectl(t, bed, command{line: "kubectl delete configmap -n telemetry-scheduler telemetry-scheduler-pause --ignore-not-found"}, "")
		}
		kubectl(t, bed, c, "")
	}
}

// places are where readers of pages are, if not at the top of the repository.
var places = map[string]string{"authoring.md": "examples/pipeline"}

// looks finds commands that change nothing, and need no second run.
var looks = regexp.MustCompile(`^kubectl (get|logs|top|describe|telemetry doctor)\b`)

// asksTheScheduler finds commands of the plugin that ask the leader.
var asksTheScheduler = regexp.MustCompile(`kubectl telemetry (evictions|explain|status|top|waiting)\b`)

// elsewhere finds the namespace of a ConfigMap.
var elsewhere = regexp.MustCompile(`(?m)^  namespace: (\S+)$`)

// removalsLast puts what removes the product after what speaks of it, in
// whichever order the documents say it.
func removalsLast(commands []command) []command {
	removes := func(c command) int { return strings.Count(c.line, "kubectl delete -f ") }
	slices.SortStableFunc(commands, func(a, b command) int { return removes(a) - removes(b) })
	return commands
}

// installed waits for a node that kubectl top can show, and installs.
func installed(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	r := &release{t: t, bed: bed, name: "shown"}
	r.addNodes(1)
	r.must(bed.Install(t.Context()))
}

// page is one of the documentation.
type page struct{ name, text string }

func documentation(t *testing.T) []page {
	t.Helper()
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	var out []page
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/recipes/*.md", "docs/runbooks/*.md", "manifests/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, page{filepath.Base(path), string(text)})
		}
	}
	return out
}

// kubectlLines returns the lines of a shell block that begin with kubectl,
// without their comments.
func kubectlLines(block string) []string {
	var out []string
	for line := range strings.Lines(block) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "kubectl ") {
			out = append(out, line)
		}
	}
	return out
}

// kubectl runs a command as a shell would.
func kubectl(t *testing.T, bed *testbed.Bed, c command, input string) {
	t.Helper()
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", c.line)
	cmd.WaitDelay = patience // the shell's child may outlive it and hold the pipe
	cmd.Dir, cmd.Stdin = filepath.Join(root, c.folder), strings.NewReader(input)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+bed.Kubeconfig, "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil && !found(c.line, err) {
		t.Errorf("%s: %v\n%s", c.line, err, out)
	}
}

// found reports whether a command that looks for trouble ended because it found some: on
// this cluster no scheduler leads, and other tests are at work.
func found(command string, err error) bool {
	ended := new(exec.ExitError)
	return strings.HasPrefix(command, "kubectl telemetry doctor") && errors.As(err, &ended) && ended.ExitCode() == 1
}
