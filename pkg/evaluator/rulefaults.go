package evaluator

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// fault is a rule that cannot see most of its nodes.
type fault struct{ unknown, nodes int }

// ruleFaults are the rules whose blindness people were told of.
type ruleFaults map[rules.Key]fault

// update takes in what is so now and returns what people should be told, in the
// order of the rules. A fault that only changes its numbers is the same fault.
func (f *ruleFaults) update(now ruleFaults, about func(rules.Key) *corev1.ObjectReference) []event {
	var out []event
	for _, k := range sortedKeys(now) {
		if _, told := (*f)[k]; !told && about(k) != nil {
			out = append(out, ruleBlind(about(k), k.String(), now[k]))
		}
	}
	for _, k := range sortedKeys(*f) {
		if _, still := now[k]; !still && about(k) != nil {
			out = append(out, ruleSees(about(k), k.String()))
		}
	}
	*f = now
	return out
}

func sortedKeys(f ruleFaults) []rules.Key {
	keys := make([]rules.Key, 0, len(f))
	for k := range f {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b rules.Key) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return keys
}

func faultsOf(board *engine.Board) ruleFaults {
	out := ruleFaults{}
	for _, r := range board.Rules() {
		if r.SourceFault {
			out[r.Key] = fault{unknown: r.Unknown, nodes: r.Nodes}
		}
	}
	return out
}
