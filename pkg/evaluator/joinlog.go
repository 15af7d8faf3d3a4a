package evaluator

import (
	"maps"
	"slices"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// joinShape is what of a JoinTable is worth a line when it changes. The counts
// follow every node that comes and goes, and are not.
type joinShape struct {
	label, by                  string
	foreign, silent, ambiguous bool
}

func shapeOf(t *telemetry.JoinTable) joinShape {
	if t == nil {
		return joinShape{}
	}
	return joinShape{t.Label, t.By, t.ForeignCount > 0, t.SilentCount > 0, t.AmbiguousCount > 0}
}

// logJoins writes down how the series of each metric find their nodes, at first and
// when it changes.
func logJoins(logger klog.Logger, source string, before, now map[string]*telemetry.JoinTable) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		t := now[name]
		if t == nil || before[name] != nil && shapeOf(before[name]) == shapeOf(t) {
			continue
		}
		logger.Info("How the series of a metric find their nodes", "metric", name, "source", source,
			"label", t.Label, "by", t.By, "matched", t.Matched, "foreign", t.ForeignCount, "silent", t.SilentCount, "ambiguous", t.AmbiguousCount,
			"suchForeign", t.Foreign, "suchSilent", t.Silent, "suchAmbiguous", t.Ambiguous)
	}
}
