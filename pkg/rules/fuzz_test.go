package rules

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse looks for texts that panic, that load with a mistake or fail without
// one, or that let a value through that no engine should see.
func FuzzParse(f *testing.F) {
	for _, path := range append(glob(f, "../../examples/rules/*.yaml"), glob(f, "testdata/*/*.yaml")...) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		document, mistakes := Parse("f", data, clusterOptions())
		checkMistakes(t, mistakes, document != nil)
		if document != nil {
			checkDocument(t, document)
		}
		_, again := Parse("f", data, clusterOptions())
		if diff := cmp.Diff(mistakes, again); diff != "" {
			t.Errorf("the same text was judged twice differently:\n%s", diff)
		}
	})
}

func checkMistakes(t *testing.T, mistakes []Mistake, loaded bool) {
	harmless := true
	for _, m := range mistakes {
		harmless = harmless && m.Warning
		if m.Line < 1 || m.Column < 1 || m.Message == "" {
			t.Errorf("mistake without a place or words: %+v", m)
		}
	}
	if loaded != harmless {
		t.Errorf("loaded: %v, with these mistakes: %v", loaded, mistakes)
	}
}

func checkDocument(t *testing.T, document *Document) {
	names, known := map[string]bool{}, clusterOptions().Metrics
	for _, metric := range document.Metrics {
		known[metric.Name] = metric
	}
	for i := range document.Preferences {
		p := &document.Preferences[i]
		if _, found := known[p.Metric]; !found || p.Name == "" || p.Prefer == "" || p.Weight < 1 || p.Nodes == nil || p.Pods == nil || p.Range != nil && !(p.Range.Low < p.Range.High) {
			t.Errorf("incomplete preference: %+v", p)
		}
	}
	for i := range document.Rules {
		rule := &document.Rules[i]
		if names[rule.Name] || rule.Name == "" || rule.Block == nil && rule.Avoid == nil && rule.Evict == nil && rule.Label == nil && rule.Taint == nil || rule.Nodes == nil || rule.Pods == nil || rule.Namespaces == nil {
			t.Errorf("incomplete rule: %+v", rule)
		}
		if rule.For < 0 || rule.KeepFiringFor < 0 || rule.KeepLastFor <= 0 || rule.Origin.Line < 1 {
			t.Errorf("impossible times or origin: %+v", rule)
		}
		names[rule.Name] = true
		checkCondition(t, &rule.When, known)
	}
}

func checkCondition(t *testing.T, c *Condition, known map[string]Metric) {
	leaves := 0
	for leaf := range c.Leaves() {
		leaves++
		if _, found := known[leaf.Metric]; !found || leaf.Op == "" {
			t.Errorf("incomplete leaf: %+v", leaf)
		}
		if sum := leaf.Threshold + leaf.Clear; math.IsNaN(sum) || math.IsInf(sum, 0) {
			t.Errorf("impossible leaf: %+v", leaf)
		}
	}
	if leaves == 0 || leaves > maxLeaves || strings.TrimSpace(c.String()) == "" {
		t.Errorf("impossible condition: %s", c)
	}
}
