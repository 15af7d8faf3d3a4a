package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// notJudged is the phase and the truth of a rule on a node that it does not judge.
const notJudged = "not judged"

// ruleExpectation is about one rule on some nodes.
type ruleExpectation struct {
	at   strictyaml.Path
	rule rules.Key
	spec *expectSpec
}

func (e *ruleExpectation) check(w *world) []difference {
	out := e.compare(w, "phase", e.spec.Phase, func(v *engine.Verdict) string { return v.Phase.String() })
	out = append(out, e.compare(w, "truth", e.spec.Truth, func(v *engine.Verdict) string { return v.Truth.String() })...)
	return append(out, e.compare(w, "says", e.spec.Says, leaves)...)
}

// compare looks at one field on each of its nodes.
func (e *ruleExpectation) compare(w *world, field string, want map[string]strictyaml.Scalar, of func(*engine.Verdict) string) []difference {
	var out []difference
	for _, node := range slices.Sorted(maps.Keys(want)) {
		v, found := w.board.Explain(e.rule, node)
		got, because := notThere, ""
		switch {
		case found && v.Judged:
			got, because = of(&v), v.Sentence
		case found:
			got = notJudged
		}
		if got != want[node].Text {
			out = append(out, difference{
				path: e.at.Child(field).Key(node), what: fmt.Sprintf("%s of rule %s on node %s", field, e.rule, node),
				want: want[node].Text, got: got, because: because,
			})
		}
	}
	return out
}

// notThere is what there is to say of a node that has not joined.
const notThere = "not there yet"

// leaves says what the comparisons of a rule saw.
func leaves(v *engine.Verdict) string {
	parts := make([]string, len(v.Leaves))
	for i := range v.Leaves {
		parts[i] = v.Leaves[i].Sentence
	}
	return strings.Join(parts, "; ")
}

// metricExpectation is about one metric on some nodes.
type metricExpectation struct {
	at     strictyaml.Path
	metric string
	unit   rules.Unit
	spec   *expectSpec
}

// unknownValue is what stands for a value that there is not.
const unknownValue = "unknown"

func (e *metricExpectation) check(w *world) []difference {
	known := map[string]engine.Value{}
	for v := range w.board.Values() {
		if v.Metric == e.metric {
			known[v.Node] = v
		}
	}
	var out []difference
	for _, node := range slices.Sorted(maps.Keys(e.spec.Value)) {
		want := e.spec.Value[node].Text
		got, because := e.show(known, node)
		if got != want {
			out = append(out, difference{
				path: e.at.Child("value").Key(node), what: fmt.Sprintf("value of metric %s on node %s", e.metric, node),
				want: want, got: got, because: because,
			})
		}
	}
	return out
}

func (e *metricExpectation) show(known map[string]engine.Value, node string) (got, because string) {
	v, found := known[node]
	switch {
	case !found:
		return notThere, ""
	case v.Unknown != "":
		return unknownValue, v.Unknown
	}
	return engine.FormatValue(v.Value, e.unit), "measured at " + v.At.Format("15:04:05")
}
