package rules

import (
	"maps"
	"slices"
)

// Merge builds the RuleSet of all documents in force. Names are expected to be
// settled: of two rules with one key the first document's stays. The documents
// are not changed.
func Merge(metrics map[string]Metric, documents []*Document, pause Pause) *RuleSet {
	set := &RuleSet{Metrics: map[string]Metric{}, Pause: pause}
	maps.Copy(set.Metrics, metrics)
	for _, document := range documents {
		for _, metric := range document.Metrics {
			set.Metrics[metric.Name] = metric
		}
		set.Rules = append(set.Rules, document.Rules...)
		set.Preferences = append(set.Preferences, document.Preferences...)
	}
	slices.SortStableFunc(set.Rules, func(a, b Rule) int {
		return a.Key().Compare(b.Key())
	})
	set.Rules = slices.CompactFunc(set.Rules, func(a, b Rule) bool { return a.Key() == b.Key() })
	slices.SortStableFunc(set.Preferences, func(a, b Preference) int {
		return a.Key().Compare(b.Key())
	})
	set.Preferences = slices.CompactFunc(set.Preferences, func(a, b Preference) bool { return a.Key() == b.Key() })
	return set
}

// UsedMetrics returns the names of the metrics that rules and preferences look at,
// sorted.
func (s *RuleSet) UsedMetrics() []string {
	used := map[string]bool{}
	for i := range s.Rules {
		for _, condition := range s.Rules[i].conditions() {
			for leaf := range condition.Leaves() {
				used[leaf.Metric] = true
			}
		}
	}
	for i := range s.Preferences {
		used[s.Preferences[i].Metric] = true
	}
	return slices.Sorted(maps.Keys(used))
}
