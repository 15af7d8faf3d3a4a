package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Sound returns what of a text has no mistake of its own, whatever keeps the text as a
// whole out of force, and how many rules and preferences do have one. It is for advice
// beside mistakes: nothing of it may be put in force.
func Sound(file string, data []byte, opts Options) (document *Document, left int) {
	document = &Document{File: file}
	r := &reporter{file: file}
	content, ok := r.decode(data)
	if !ok {
		return document, 0
	}
	setDefaults(content)
	v := newValidator(r, opts)
	all := v.document(content)
	document.Metrics = soundOf(r, "metrics", all.Metrics)
	document.Rules = soundOf(r, "rules", all.Rules)
	document.Preferences = soundOf(r, "preferences", all.Preferences)
	return document, len(all.Rules) + len(all.Preferences) - len(document.Rules) - len(document.Preferences)
}

// soundOf keeps the items of a section without a mistake; none where there were too many
// to look at all of them.
func soundOf[T any](r *reporter, section string, items []T) (out []T) {
	for i := range items {
		path := fmt.Sprintf("%s[%d]", section, i)
		wrong := slices.ContainsFunc(r.mistakes, func(m Mistake) bool {
			return !m.Warning && (m.Path == section || m.Path == path || strings.HasPrefix(m.Path, path+"."))
		})
		if !wrong && len(r.mistakes) < enough {
			out = append(out, items[i])
		}
	}
	return out
}

// MetricNames are the metrics that a condition names, as it is written.
func (c *ConditionSpec) MetricNames() (out []string) {
	if c == nil {
		return nil
	}
	if c.Metric != "" {
		out = append(out, c.Metric)
	}
	for _, branches := range [][]ConditionSpec{c.Any, c.All} {
		for i := range branches {
			out = append(out, branches[i].MetricNames()...)
		}
	}
	return append(out, c.Not.MetricNames()...)
}
