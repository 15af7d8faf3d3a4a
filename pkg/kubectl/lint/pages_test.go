package lint

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint/advice"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var update = flag.Bool("update", false, "rewrite what lint answers to the examples of docs/checks")

const checksFolder = "../../../docs/checks"

// everyCheck names all checks: those of advice, and those that are constants.
func everyCheck(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{string(CheckManifest): true, string(CheckSeries): true}
	for _, c := range advice.Checks() {
		found[string(c)] = true
	}
	source, err := os.ReadFile("../../rules/check.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, constant := range regexp.MustCompile(`Check += "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		found[constant[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryCheckHasAPage(t *testing.T) {
	var pages []string
	paths, _ := filepath.Glob(checksFolder + "/*.md")
	for _, path := range paths {
		if name := strings.TrimSuffix(filepath.Base(path), ".md"); name != "README" {
			pages = append(pages, name)
		}
	}
	if diff := cmp.Diff(everyCheck(t), pages); diff != "" {
		t.Errorf("checks and their pages (-checks +pages):\n%s", diff)
	}
	index, err := os.ReadFile(checksFolder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if !strings.Contains(string(index), "]("+page+".md)") {
			t.Errorf("the index of docs/checks does not link to %s", page)
		}
	}
}

// example is what a page shows.
type example struct {
	config, wrong, answer, mended string
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// exampleOf reads a page: the configuration, if there is one, the example that is wrong,
// the answer, and the example mended.
func exampleOf(t *testing.T, page string) (e example) {
	t.Helper()
	var shown []string
	for _, block := range fence.FindAllStringSubmatch(page, -1) {
		shown = append(shown, block[2])
	}
	if len(shown) == 4 {
		e.config, shown = shown[0], shown[1:]
	}
	if len(shown) != 3 {
		t.Fatalf("the page has %d blocks", len(shown))
	}
	e.wrong, e.answer, e.mended = shown[0], shown[1], shown[2]
	return e
}

func lintText(t *testing.T, config, text string) []Finding {
	t.Helper()
	s := settings.Default()
	if config != "" {
		var err error
		if s, err = settings.Read("config.yaml", []byte(config)); err != nil {
			t.Fatal(err)
		}
	}
	l := newLibrary(s.Namespace)
	l.add("rules.yaml", []byte(text), true)
	l.judge(s, allowed(s), time.Now())
	return inOrder(l.found)
}

// sensors lints a text, and asks a source with two series for a node, which are one
// where the text combines them.
func sensors(t *testing.T, _, text string) []Finding {
	t.Helper()
	reading := &telemetry.Reading{Samples: samples(map[string]time.Duration{"a": 0, "b": 0}), Joins: joined(telemetry.JoinTable{Ambiguous: []string{"c"}, AmbiguousCount: 1})}
	if strings.Contains(text, "combine: max") {
		reading = &telemetry.Reading{Samples: samples(map[string]time.Duration{"a": 0, "b": 0, "c": 0}), Joins: joined(telemetry.JoinTable{})}
	}
	return inOrder(askedAbout(t, text, worldWith(answering{reading: reading})).found)
}

// remembered lints a text by a cluster of one pool, whose hottest node had 75 degrees in
// the last five hours.
func remembered(t *testing.T, _, text string) []Finding {
	t.Helper()
	return inOrder(advised(t, text, pools(&remembering{nodes: map[string][2]float64{"a": {20, 61}, "b": {30, 75}}, hours: 5})).found)
}

// TestPages runs the examples of each page: the first is answered as the page says, by
// the check of the page among others, and the second by nothing.
func TestPages(t *testing.T) {
	for _, name := range everyCheck(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(checksFolder, name+".md")
			page, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			e := exampleOf(t, string(page))
			ask := lintText
			switch rules.Check(name) {
			case CheckSeries:
				ask = sensors
			case advice.CheckNoNodes, advice.CheckNeverCrossed:
				ask = remembered
			}
			found := ask(t, e.config, e.wrong)
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Check == rules.Check(name) }) {
				t.Errorf("the example does not trigger the check: %v", found)
			}
			var answer bytes.Buffer
			printText(&answer, cli.Paint{}, found)
			if got := strings.TrimSpace(answer.String()) + "\n"; *update {
				rewrite(t, path, string(page), e.answer, got)
			} else if diff := cmp.Diff(e.answer, got); diff != "" {
				t.Errorf("the answer (-page +lint):\n%s", diff)
			}
			for _, f := range ask(t, e.config, e.mended) {
				if f.Check != rules.CheckNotYet {
					t.Errorf("the mended example has a finding: %v", f)
				}
			}
		})
	}
}

func rewrite(t *testing.T, path, page, before, after string) {
	t.Helper()
	text := strings.Replace(page, "```\n"+before+"```\n\nMended", "```\n"+after+"```\n\nMended", 1)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
