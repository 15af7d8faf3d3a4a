package evaluator

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// trouble is a way in which metrics go wrong.
type trouble struct {
	// of says what is wrong with a metric, or nothing. known is false while nobody can
	// tell: then it is as it was.
	of func(h *MetricHealth, m *rules.Metric) (what string, known bool)
	// began and ended tell people of it.
	began func(place *corev1.ObjectReference, name, what string) event
	ended func(place *corev1.ObjectReference, name string) event
	// over is the reason of the Event on the end of a metric that is gone.
	over string
}

var (
	unreadable = &trouble{unreadableOf, metricFailed, metricRecovered, reasonMetricRecovered}
	unmatched  = &trouble{unmatchedOf, metricUnmatched, metricMatched, reasonMetricMatched}
)

func unreadableOf(h *MetricHealth, _ *rules.Metric) (string, bool) { return h.Fault, !h.Unread }

// unmatchedOf says where the series of a metric do not find the nodes as its author
// meant. A few silent nodes or foreign series are usual, and only logged.
func unmatchedOf(h *MetricHealth, m *rules.Metric) (string, bool) {
	known := !h.Unread && h.Fault == "" && h.SourceFault == ""
	switch t := h.Join; {
	case !known || t == nil:
		return "", known
	case t.AmbiguousCount > 0:
		return fmt.Sprintf("several series of it, which nothing combines, belong to one node on %d node(s), such as %s; aggregate them in the query, or say how to combine them",
			t.AmbiguousCount, strings.Join(t.Ambiguous[:min(3, len(t.Ambiguous))], ", ")), true
	case t.Matched == 0 && t.SilentCount > 0 && m.ZeroWhile == "":
		return fmt.Sprintf("none of the %d node(s) has a series of it; see whether its query gives any", t.SilentCount), true
	}
	return "", true
}

// metricFaults are the metrics of whose trouble people were told, and where they were.
type metricFaults map[string]*corev1.ObjectReference

// update takes in what is so now and returns what people should be told, in the
// order of the metrics. Trouble that only changes its words is the same trouble.
func (f *metricFaults) update(kind *trouble, now []MetricHealth, metrics map[string]rules.Metric, about func(metric string) *corev1.ObjectReference) []event {
	var out []event
	standing := metricFaults{}
	for i := range now {
		name, m := now[i].Name, metrics[now[i].Name]
		place, told := (*f)[name]
		what, known := kind.of(&now[i], &m)
		switch {
		case told && (what != "" || !known):
			standing[name] = place
		case told:
			out = append(out, kind.ended(place, name))
		case known && what != "" && about(name) != nil:
			standing[name] = about(name)
			out = append(out, kind.began(standing[name], name, what))
		}
	}
	out = append(out, f.dropped(kind, now)...)
	*f = standing
	return out
}

// dropped tells where they stood of metrics that no rule looks at any more.
func (f *metricFaults) dropped(kind *trouble, now []MetricHealth) []event {
	gone := maps.Clone(*f)
	for i := range now {
		delete(gone, now[i].Name)
	}
	var out []event
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		out = append(out, metricDropped(gone[name], kind.over, name))
	}
	return out
}
