package rules

import (
	"slices"
	"testing"
)

// when parses one condition.
func when(t *testing.T, text string) *Condition {
	t.Helper()
	return &mustParse(t, header+"rules:\n- {name: a, when: "+text+", actions: {block: {}}}\n").Rules[0].When
}

func TestConditionsReadAsTheyWereWritten(t *testing.T) {
	for text, want := range map[string]string{
		"{metric: memory, above: 90%}":                                                                     "memory > 90%",
		"{metric: memory-available, atMost: 2048Mi}":                                                       "memory-available <= 2048Mi",
		"{all: [{metric: cpu, atLeast: 80%}, {metric: pods, notEqual: 5%}]}":                               "cpu >= 80% and pods != 5%",
		"{any: [{metric: cpu, below: 80%}, {all: [{metric: pods, equal: 5%}, {metric: cpu, above: 1%}]}]}": "cpu < 80% or (pods = 5% and cpu > 1%)",
		"{not: {any: [{metric: cpu, below: 80%}]}}":                                                        "not (cpu < 80%)",
	} {
		if got := when(t, text).String(); got != want {
			t.Errorf("%s reads %q, want %q", text, got, want)
		}
	}
	unwritten := Leaf{Metric: "cpu-available", Op: Below, Threshold: 0.5}
	if got, want := unwritten.String(), "cpu-available < 0.5"; got != want {
		t.Errorf("a leaf that nobody wrote reads %q, want %q", got, want)
	}
}

func TestLeavesComeFromLeftToRight(t *testing.T) {
	tree := when(t, "{any: [{metric: cpu, below: 80%}, {all: [{metric: pods, above: 5%}, {not: {metric: memory, above: 1%}}]}]}")
	var all []string
	for leaf := range tree.Leaves() {
		all = append(all, leaf.Metric)
	}
	if want := []string{"cpu", "pods", "memory"}; !slices.Equal(all, want) {
		t.Errorf("the leaves are %v, want %v", all, want)
	}
	for range tree.Leaves() {
		break // Leaving early must not panic.
	}
}

func TestFingerprintsTellWhatConditionsMean(t *testing.T) {
	const base = "{metric: memory-available, below: 2Gi}"
	for text, same := range map[string]bool{
		"{metric: memory-available, below: 2048Mi}":                                          true,
		"{metric: memory-available, below: 2147483648, clear: 2Gi}":                          true,
		"{metric: memory-available, below: 2Gi, clear: 3Gi}":                                 false,
		"{metric: memory-available, atMost: 2Gi}":                                            false,
		"{metric: memory-available, below: 3Gi}":                                             false,
		"{metric: cpu-available, below: 2147483648}":                                         false,
		"{not: {metric: memory-available, below: 2Gi}}":                                      false,
		"{all: [{metric: memory-available, below: 2Gi}]}":                                    false,
		"{any: [{metric: memory-available, below: 2Gi}]}":                                    false,
		"{any: [{metric: memory-available, below: 2Gi}, {metric: cpu, above: 1%}]}":          false,
		"{any: [{any: [{metric: memory-available, below: 2Gi}]}, {metric: cpu, above: 1%}]}": false,
	} {
		if got := when(t, text).Fingerprint() == when(t, base).Fingerprint(); got != same {
			t.Errorf("%s has the fingerprint of %s: %v, want %v", text, base, got, same)
		}
	}
	if got, want := when(t, base).Fingerprint(), "059421f3fa8beabc"; got != want {
		t.Errorf("stored fingerprints are no longer recognised: got %s, want %s", got, want)
	}
}

func TestKeys(t *testing.T) {
	rule := Rule{Name: "hot"}
	if got := rule.Key().String(); got != "hot" {
		t.Errorf("the key of a cluster's rule reads %q", got)
	}
	rule.Namespace = "team-a"
	if got := rule.Key().String(); got != "team-a/hot" {
		t.Errorf("the key of a namespace's rule reads %q", got)
	}
}
