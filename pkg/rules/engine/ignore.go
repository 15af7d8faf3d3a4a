package engine

import (
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// IgnoreList holds the names of the rules that do not apply to a pod or a node, as
// Events write them: those of one namespace are called namespace/name.
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

// Ignores reports whether a rule or preference does not apply.
func (l IgnoreList) Ignores(k rules.Key) bool {
	return len(l) > 0 && (slices.Contains(l, "*") || slices.Contains(l, k.String()))
}
