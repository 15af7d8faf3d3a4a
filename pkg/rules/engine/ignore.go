package engine

import (
	"slices"
	"strings"
)

// IgnoreList holds the names of the rules that do not apply to a pod or a node.
type IgnoreList []string

// ParseIgnore reads the value of the ignore annotation: rule names separated by
// commas, or "*" for all rules.
func ParseIgnore(annotation string) IgnoreList {
	var list IgnoreList
	for name := range strings.SplitSeq(annotation, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// Ignores reports whether the rule of that name does not apply.
func (l IgnoreList) Ignores(rule string) bool {
	return len(l) > 0 && (slices.Contains(l, rule) || slices.Contains(l, "*"))
}
