package api

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// nodes tells of every node what values and phases tell at length, so that who looks at
// all of them needs one answer.
func (s *Server) nodes(r *request) (any, error) {
	if err := r.nodesExist(); err != nil {
		return nil, err
	}
	out := v1alpha1.NodeList{Header: r.header("NodeList")}
	wanted := func(node string) bool { return r.wants(paramNode, node) }
	out.Items, out.Page = part(&r.params, only(slices.Values(r.board.Names()), wanted),
		func(node string) []string { return []string{node} }, r.nodeInShort)
	return out, nil
}

func (r *request) nodeInShort(name string) v1alpha1.Node {
	out := v1alpha1.Node{Node: name, GraceUntil: utc(r.board.GraceUntil(name)), Values: []v1alpha1.NodeValue{}, Nearest: r.nearest(name)}
	for v := range r.board.ValuesOf(name) {
		one := v1alpha1.NodeValue{Metric: v.Metric, Unit: string(r.board.RuleSet().Metrics[v.Metric].Unit), Unknown: v.Unknown}
		one.Value, _, one.AgeSeconds = r.sample(v.Value, v.At)
		out.Values = append(out.Values, one)
	}
	for p := range r.board.PairsOf(name) {
		if p.Phase != engine.Inactive || p.Truth != engine.False {
			out.Rules = append(out.Rules, v1alpha1.NodeRule{
				Rule: p.Rule.String(), Phase: p.Phase.String(), Since: utc(p.Since), Truth: p.Truth.String(), Blocks: p.Blocks, Silenced: p.Silenced,
				Evict: r.evictionOn(name, p.Rule.String()),
			})
		}
	}
	return out
}

func (r *request) nearest(node string) *v1alpha1.Nearest {
	n, found := r.board.Nearest(node)
	if !found {
		return nil
	}
	return &v1alpha1.Nearest{
		Rule: n.Rule.String(), Condition: n.Leaf.String(), Metric: n.Leaf.Metric, Value: n.Value, Threshold: n.Leaf.Threshold, Away: tidy(n.Away, rules.UnitNone) + 0,
	}
}
