package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// asking runs lines of a shell as they stand in the documentation, with the names of the
// release. No pod of a testbed runs, so that the scheduler is asked where it is.
func (r *release) asking(lines ...string) (output string, code int) {
	r.t.Helper()
	root, err := testbed.Root()
	r.must(err)
	at := fmt.Sprintf("${0} --scheduler-namespace %s --scheduler-url %s", r.name, strings.TrimSuffix(r.APIURL(), v1alpha1.Prefix))
	script := asksTheScheduler.ReplaceAllString(r.named().Replace(strings.Join(lines, "\n")), at)
	script = pressesTheButton.ReplaceAllString(script, "${0} --scheduler-namespace "+r.name)
	cmd := exec.CommandContext(r.t.Context(), "bash", "-c", script)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+r.bed.Kubeconfig, "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// pressesTheButton finds commands of the plugin that write to the stop button.
var pressesTheButton = regexp.MustCompile(`kubectl telemetry (pause|resume|silence)\b`)

// pluginTellsStatus has one node that is hot, and one text that is no rules.
func (r *release) pluginTellsStatus() {
	text, code := r.asking("kubectl telemetry status -o json")
	var said struct {
		Answers   bool
		Leader    struct{ Identity string }
		Sources   []v1alpha1.Source
		Firing    []v1alpha1.Phase
		State     struct{ ConfigMaps int }
		Attention []struct{ About, Says string }
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil || code != 1 {
		r.t.Fatalf("it ends with %d, %v: %s", code, err, text)
	}
	if !said.Answers || said.Leader.Identity == "" || len(said.Sources) != 1 || !said.Sources[0].Up || said.State.ConfigMaps == 0 {
		r.t.Errorf("it says %s", text)
	}
	if len(said.Firing) != 1 || said.Firing[0].Node != r.nodes(2).Name(0) || said.Firing[0].Since.IsZero() {
		r.t.Errorf("rules fire at %+v", said.Firing)
	}
	if len(said.Attention) == 0 || !strings.HasPrefix(said.Attention[0].About, r.name+"/rules/bad.yaml") {
		r.t.Errorf("attention is called to %+v", said.Attention)
	}
}

// onCall runs every line for shells of the page for the person on call, and of the
// plugin's own, of the guide for authors and of the pages of alerts, those that ask.
func (r *release) onCall() {
	root, err := testbed.Root()
	r.must(err)
	pages, err := filepath.Glob(filepath.Join(root, "docs", "runbooks", "*.md"))
	r.must(err)
	for _, name := range []string{"evicting.md", "authoring.md", "kubectl.md", "oncall.md"} {
		pages = slices.Insert(pages, 0, filepath.Join(root, "docs", name))
	}
	asked := map[string]bool{}
	for _, path := range pages {
		page := filepath.Base(path)
		text, err := os.ReadFile(path)
		r.must(err)
		for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
			if block[1] != "sh" {
				continue
			}
			for _, line := range kubectlLines(block[2]) {
				if page == "oncall.md" || asksTheScheduler.MatchString(line) && !asked[line] {
					r.asOnCall(line)
					asked[line] = true
				}
			}
		}
	}
	if len(asked) < 22 {
		r.t.Errorf("only %d commands were found: the test looks in the wrong place", len(asked))
	}
}

// asOnCall runs one line. A text is rejected all the time, which status finds.
func (r *release) asOnCall(line string) {
	out, code := r.asking(line)
	r.t.Logf("%s\n%s", line, out)
	want := 0
	if strings.Contains(line, "telemetry status") {
		want = 1
	}
	if code != want {
		r.t.Errorf("%s ends with %d, want %d:\n%s", line, code, want, out)
	}
	switch {
	case strings.Contains(line, "telemetry pause evict"):
		r.metric(1, "telemetry_scheduler_paused", "what", "evict")
	case strings.Contains(line, "telemetry resume evict"):
		r.metric(0, "telemetry_scheduler_paused", "what", "evict")
	case strings.Contains(line, "telemetry pause"):
		r.metric(1, "telemetry_scheduler_paused", "what", "block")
		r.says3am("stop button: it is pressed, and no rule keeps a pod off, by admin: pods wait for no good reason")
	case strings.Contains(line, "block=true"):
		r.metric(1, "telemetry_scheduler_paused", "what", "block")
		r.says3am("stop button: it is pressed")
	case strings.Contains(line, `"block": "false"`), strings.Contains(line, "telemetry resume"):
		r.metric(0, "telemetry_scheduler_paused", "what", "block")
	case strings.HasSuffix(line, "telemetry-scheduler.io/paused=true --overwrite"):
		r.metric(1, "telemetry_scheduler_paused_rules")
	case strings.HasSuffix(line, "telemetry-scheduler.io/paused-"):
		r.metric(0, "telemetry_scheduler_paused_rules")
	case strings.HasSuffix(line, "--end"):
		r.metric(0, "telemetry_scheduler_silences")
	case strings.Contains(line, "telemetry silence"):
		r.metric(1, "telemetry_scheduler_silences")
	}
}

// says3am waits for words among what needs attention.
func (r *release) says3am(words string) {
	r.t.Helper()
	r.eventually(func(context.Context) error {
		if out, code := r.asking("kubectl telemetry status --quiet"); code != 1 || !strings.Contains(out, words) {
			return fmt.Errorf("it ends with %d, and does not say %q:\n%s", code, words, out)
		}
		return nil
	})
}
