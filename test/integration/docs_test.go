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

// TestTheCommandsOfTheDocumentationWork runs every kubectl command that readers
// are shown, after the ConfigMaps that they are shown.
func TestTheCommandsOfTheDocumentationWork(t *testing.T) {
	t.Parallel()
	bed := shared(t)
	var maps, commands []string
	for _, text := range documentation(t) {
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			switch {
			case block[1] == "sh":
				commands = append(commands, kubectlLines(block[2])...)
			case strings.Contains(block[2], "kind: ConfigMap\n"):
				maps = append(maps, block[2])
			}
		}
		for _, found := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			commands = append(commands, found[1])
		}
	}
	if len(maps) < 2 || len(commands) < 4 {
		t.Fatalf("only %d ConfigMaps and %d commands were found: the test looks in the wrong place", len(maps), len(commands))
	}
	installed(t, bed)
	for _, text := range maps {
		if found := elsewhere.FindStringSubmatch(text); found != nil && found[1] != testbed.Namespace {
			kubectl(t, bed, "kubectl create namespace "+found[1], "")
		}
		kubectl(t, bed, "kubectl apply -f -", text)
	}
	// What asks a scheduler is run where one runs: see onCall.
	commands = slices.DeleteFunc(commands, asksTheScheduler.MatchString)
	for _, command := range removalsLast(commands) {
		t.Log(command)
		kubectl(t, bed, command, "")
	}
}

// asksTheScheduler finds commands of the plugin that ask the leader.
var asksTheScheduler = regexp.MustCompile(`kubectl telemetry (explain|status|top|waiting)\b`)

// elsewhere finds the namespace of a ConfigMap.
var elsewhere = regexp.MustCompile(`(?m)^  namespace: (\S+)$`)

// removalsLast puts what removes the product after what speaks of it, in
// whichever order the documents say it.
func removalsLast(commands []string) []string {
	removes := func(command string) int { return strings.Count(command, "kubectl delete -f ") }
	slices.SortStableFunc(commands, func(a, b string) int { return removes(a) - removes(b) })
	return commands
}

// installed waits for a node that kubectl top can show, and installs.
func installed(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	r := &release{t: t, bed: bed, name: "shown"}
	r.addNodes(1)
	r.must(bed.Install(t.Context()))
}

func documentation(t *testing.T) []string {
	t.Helper()
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, pattern := range []string{"*.md", "docs/*.md", "manifests/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(text))
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

// kubectl runs a command as a shell would, in the folder of the repository.
func kubectl(t *testing.T, bed *testbed.Bed, command, input string) {
	t.Helper()
	root, err := testbed.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.WaitDelay = patience // the shell's child may outlive it and hold the pipe
	cmd.Dir, cmd.Stdin = root, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+bed.Kubeconfig, "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil && !found(command, err) {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
}

// found reports whether a command that looks for trouble ended because it found some: on
// this cluster no scheduler leads, and other tests are at work.
func found(command string, err error) bool {
	ended := new(exec.ExitError)
	return strings.HasPrefix(command, "kubectl telemetry doctor") && errors.As(err, &ended) && ended.ExitCode() == 1
}
