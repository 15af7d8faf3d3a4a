package prometheus

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// few is how many examples people are shown.
const few = 10

// tally counts how series found their nodes.
type tally struct {
	matched, strangers int
	kinds              map[string]int
	foreign            map[string]bool
}

func (t *tally) count(value string, f found) {
	if len(f.nodes) == 0 {
		t.strangers++
		t.foreign[value] = true
		return
	}
	t.matched++
	t.kinds[f.kind]++
}

// table shows a join to people. Nodes of which several series came are ambiguous
// only where nothing combines them, which is for the caller to say.
func (j *joiner) table(out *joined, t *tally) *telemetry.JoinTable {
	table := &telemetry.JoinTable{Label: string(out.label), By: mostOf(t.kinds), Matched: t.matched, ForeignCount: t.strangers}
	table.Foreign = firstFew(slices.Sorted(maps.Keys(t.foreign)))
	var silent []string
	for place, series := range out.series {
		if len(series) == 0 && out.doubtful[place] == "" {
			silent = append(silent, j.name(place))
		}
	}
	slices.Sort(silent)
	table.Silent, table.SilentCount = firstFew(silent), len(silent)
	return table
}

// ambiguous completes a table.
func ambiguous(table *telemetry.JoinTable, nodes []string) {
	slices.Sort(nodes)
	table.Ambiguous, table.AmbiguousCount = firstFew(nodes), len(nodes)
}

func mostOf(kinds map[string]int) string {
	names := slices.Sorted(maps.Keys(kinds))
	if len(names) == 0 {
		return ""
	}
	return slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(kinds[a], kinds[b]) })
}

func firstFew(sorted []string) []string { return sorted[:min(few, len(sorted))] }

// disagree says that two labels of one series name different nodes.
func (j *joiner) disagree(series model.Metric, a, b model.LabelName, ofA, ofB found) error {
	return fmt.Errorf("the labels of its series disagree: %s=%q is node %s and %s=%q is node %s; write the one that counts as join.series",
		a, series[a], j.name(ofA.nodes[0]), b, series[b], j.name(ofB.nodes[0]))
}

// homeless says why no series at all found a node.
func homeless(answer model.Vector, candidates []model.LabelName, how telemetry.Join) error {
	var seen []string
	for _, label := range candidates {
		if value := answer[0].Metric[label]; value != "" {
			seen = append(seen, fmt.Sprintf("%s=%q", label, value))
		}
	}
	by := cmp.Or(how.Node, telemetry.JoinAuto)
	switch {
	case len(seen) > 0:
		return fmt.Errorf("none of its %d series names a node of this cluster (node: %s); the first one has %s", len(answer), by, strings.Join(seen, ", "))
	case len(candidates) == 1:
		return fmt.Errorf("its series have no label %s; the first one is %s", candidates[0], show(answer[0].Metric))
	}
	return fmt.Errorf("its series have no label that names a node; the first one is %s; write the label as join.series, or keep one in the query", show(answer[0].Metric))
}

// show prints the labels of a series, cut where they are many.
func show(series model.Metric) string { return cut(series.String()) }
