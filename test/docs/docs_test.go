// Package docs checks that the documentation is true: its examples load, its
// commands exist, its links lead somewhere.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

const root = "../.."

// pages are all Markdown files that readers find.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "manifests/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// block is one fenced block of a page.
type block struct{ page, language, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func blocks(t *testing.T, language string) []block {
	t.Helper()
	var out []block
	for _, page := range pages(t) {
		for _, found := range fence.FindAllStringSubmatch(read(t, page), -1) {
			if found[1] == language {
				out = append(out, block{page, found[1], found[2]})
			}
		}
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func checkRules(file, text string) []string {
	_, mistakes := rules.Parse(file, []byte(text), rules.Options{
		Metrics: rules.Builtins(15*time.Second, time.Minute), Queries: prometheus.Checker{},
		Sources: map[string]rules.SourceKind{"infra": rules.SourceOfQueries, "adapter": rules.SourceOfCustom},
	})
	return words(mistakes)
}

func words(mistakes []rules.Mistake) []string {
	var out []string
	for _, m := range mistakes {
		out = append(out, m.String())
	}
	return out
}

// TestTheMistakeOfTheReadmeIsReal makes it.
func TestTheMistakeOfTheReadmeIsReal(t *testing.T) {
	const text = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- name: memory-above-90\n" +
		"  description: No new pods on nodes that use over 90 % of their memory.\n" +
		"  when: {metric: memory, above: 90}\n  actions: {block: {}}\n"
	mistakes := checkRules("telemetry-scheduler/rules/memory.yaml", text)
	if readme := read(t, filepath.Join(root, "README.md")); len(mistakes) != 1 || !strings.Contains(readme, mistakes[0]) {
		t.Errorf("the mistake reads %q, and README.md shows another one", mistakes)
	}
}

func TestEveryMakeTargetExists(t *testing.T) {
	makefile := read(t, filepath.Join(root, "Makefile"))
	for _, page := range pages(t) {
		for _, found := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(read(t, page), -1) {
			if !strings.Contains(makefile, "\n"+found[1]+":") {
				t.Errorf("%s speaks of make %s, which does not exist", page, found[1])
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, found := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(read(t, page), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := filepath.Join(filepath.Dir(page), target)
			if target == "" {
				path = page
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, path)), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", page, found[1])
			}
		}
	}
}

// anchors are the headings of a page as links name them.
func anchors(text string) []string {
	var out []string
	for _, found := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(found[1]), "")
		out = append(out, strings.ReplaceAll(plain, " ", "-"))
	}
	return out
}
