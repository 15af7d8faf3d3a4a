// Package upgrade has the state that former versions of the scheduler stored, and makes sure
// that it is understood. testdata/README.md says where each file comes from.
package upgrade

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// former is what one version stored.
type former struct {
	file string
	// newest is when it was stored: an upgrade takes less than a minute.
	newest time.Time
	want   []string
}

var formers = []former{
	{"before-evictions.yaml", time.Date(2026, 11, 26, 11, 15, 40, 0, time.UTC), []string{
		"text of former/rules/memory.yaml",
		"memory-above-90 on former-00: keeping, blocks: true",
		"an owner's pods use {2 6442450944 0}, settled: true",
	}},
	{"with-evictions.yaml", time.Date(2026, 11, 26, 11, 2, 40, 0, time.UTC), []string{
		"text of moves/rules/relieve.yaml",
		"1 evictions count against the limits, dry run: true",
		"17 findings are counted",
		"2 evictions count against the limits, dry run: false",
		"[relieve]: default/moves-web-d85b8d689-m8dhf of moves-web left moves-00 for : DryRun, dry run: true",
		"[relieve]: default/moves-web-d85b8d689-m8dhf of moves-web left moves-00 for moves-02: Relieved, dry run: false",
		"[relieve]: default/moves-web-d85b8d689-vc5rs of moves-web left moves-01 for moves-00: Relieved, dry run: false",
	}},
}

func TestWhatFormerVersionsStoredIsUnderstood(t *testing.T) {
	for _, f := range formers {
		t.Run(f.file, func(t *testing.T) {
			if diff := cmp.Diff(f.want, f.understood(t, f.stored(t))); diff != "" {
				t.Errorf("what is understood (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFieldsOfALaterVersionAreLeftAlone is for who goes back to a former version.
func TestFieldsOfALaterVersionAreLeftAlone(t *testing.T) {
	for _, f := range formers {
		t.Run(f.file, func(t *testing.T) {
			later := f.stored(t)
			for i := range later.Items {
				addFields(t, &later.Items[i])
			}
			if diff := cmp.Diff(f.want, f.understood(t, later)); diff != "" {
				t.Errorf("what is understood (-want +got):\n%s", diff)
			}
		})
	}
}

func (f former) stored(t *testing.T) *corev1.ConfigMapList {
	t.Helper()
	text, err := os.ReadFile("testdata/" + f.file)
	if err != nil {
		t.Fatal(err)
	}
	out := new(corev1.ConfigMapList)
	if err := yaml.UnmarshalStrict(text, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// understood loads what is stored as a new version does, and says what it makes of it.
func (f former) understood(t *testing.T, stored *corev1.ConfigMapList) (lines []string) {
	t.Helper()
	anchor := stored.Items[0]
	store := state.New(state.Options{Client: fake.NewClientset(stored), Namespace: anchor.Namespace, Name: anchor.Name, Sections: evaluator.Sections()})
	content, problems, err := store.Load(t.Context())
	if err != nil || problems != nil {
		t.Fatal(problems, err)
	}
	texts := evaluator.TextsOf(content)
	set := ruleSet(t, texts)
	for _, text := range texts {
		lines = append(lines, fmt.Sprintf("text of %s", text))
	}
	lines = append(lines, f.phases(evaluator.PhasesOf(content), set)...)
	lines = append(lines, f.moves(t, content[evaluator.SectionEvictions])...)
	for _, lesson := range evaluator.LessonsOf(content) {
		lines = append(lines, fmt.Sprintf("an owner's pods use %v, settled: %v", lesson.Use, lesson.Settled))
	}
	return lines
}

func ruleSet(t *testing.T, texts []rulesource.GoodText) *rules.RuleSet {
	t.Helper()
	builtin := rules.Builtins(time.Second, time.Minute)
	var documents []*rules.Document
	for _, text := range texts {
		d, mistakes := rules.Parse(text.String(), []byte(text.Text), rules.Options{Metrics: builtin})
		if d == nil {
			t.Fatal(mistakes)
		}
		documents = append(documents, d)
	}
	return rules.Merge(builtin, documents, rules.Pause{})
}

// blind has no sample: what is known is what was stored.
type blind struct{}

func (blind) Sample(string, string) (float64, time.Time, string) {
	return 0, time.Time{}, "no source yet"
}
func (blind) Window(string, string) time.Duration { return 0 }

// phases says where rules go on from.
func (f former) phases(stored *engine.State, set *rules.RuleSet) (lines []string) {
	var nodes []engine.Node
	for _, rule := range stored.Rules {
		for name, pair := range rule.Nodes {
			nodes = append(nodes, engine.Node{Name: name, Created: time.Unix(0, pair.Created), Labels: map[string]string{"pool": strings.TrimRight(name, "-0123456789")}})
		}
	}
	board, _ := engine.New(engine.Options{}, stored).Advance(f.newest, set, nodes, blind{})
	for p := range board.Pairs() {
		lines = append(lines, fmt.Sprintf("%s on %s: %v, blocks: %v", p.Rule, p.Node, p.Phase, p.Blocks))
	}
	return lines
}

// moves says what is remembered of evictions.
func (f former) moves(t *testing.T, entries map[string]json.RawMessage) (lines []string) {
	t.Helper()
	m, err := memory.Restore(f.newest, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Records() {
		lines = append(lines, fmt.Sprintf("%v: %s/%s of %s left %s for %s: %v, dry run: %v", r.Rules, r.Namespace, r.Pod, r.OwnerName, r.From, r.Landed, r.Outcome, r.DryRun))
	}
	for _, dry := range []bool{false, true} {
		if past := m.Past(f.newest, dry); past.Spent.Total > 0 {
			lines = append(lines, fmt.Sprintf("%d evictions count against the limits, dry run: %v", past.Spent.Total, dry))
		}
	}
	var counts int
	for _, c := range m.Counts() {
		counts += c.Count
	}
	if counts > 0 {
		lines = append(lines, fmt.Sprintf("%d findings are counted", counts))
	}
	slices.Sort(lines)
	return lines
}
