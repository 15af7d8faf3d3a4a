package evaluator

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// fault is a rule that cannot see most of its nodes.
type fault struct {
	unknown, nodes int
	// why is the commonest reason.
	why engine.Blindness
	// source is where the metric of that reason comes from; empty for pods, which
	// are counted here.
	source string
	// own is set for a metric of its author's own, whose query may be at fault.
	own bool
	// spared is set for a rule whose onUnknown Block does not act because of this.
	spared bool
}

// String says whose fault it is, what follows, and what the commonest reason is.
func (f fault) String() string {
	text := "the fault is the source's"
	if f.own {
		text += " or the query's"
	}
	if f.spared {
		text += ", so that onUnknown Block does not act"
	}
	metric := "metric " + f.why.Metric
	if f.source != "" {
		metric += " of source " + f.source
	}
	return fmt.Sprintf("%s. On %d of them, %s: %s", text, f.why.Nodes, metric, f.why.Reason)
}

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

// faultsOf returns the rules that cannot see most of their nodes. Of those that wait
// for the first reading of a metric nobody knows it yet: they are what they were.
func (e *Evaluator) faultsOf(set *rules.RuleSet, board *engine.Board) ruleFaults {
	out := ruleFaults{}
	for i, r := range board.Rules() { // in the order of the rules
		rule := &set.Rules[i]
		told, blind := e.judged[r.Key]
		switch {
		case !r.SourceFault:
		case !e.awaits(set, rule):
			out[r.Key] = e.faultOf(set, rule, r, board)
		case blind:
			out[r.Key] = told
		}
	}
	return out
}

func (e *Evaluator) faultOf(set *rules.RuleSet, rule *rules.Rule, r engine.RuleSummary, board *engine.Board) fault {
	why := board.Blindness(r.Key)
	m := set.Metrics[why.Metric]
	f := fault{unknown: r.Unknown, nodes: r.Nodes, why: why, source: m.Source, own: !m.BuiltIn, spared: rule.OnUnknown == rules.UnknownBlock}
	if m.BuiltIn && m.Name != rules.MetricPods {
		f.source = e.opts.Builtin
	}
	return f
}

// awaits reports whether a rule looks at a metric that was not read yet.
func (e *Evaluator) awaits(set *rules.RuleSet, rule *rules.Rule) bool {
	for leaf := range rule.When.Leaves() {
		if e.unread(set.Metrics[leaf.Metric]) {
			return true
		}
	}
	return false
}
