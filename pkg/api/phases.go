package api

import (
	"cmp"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func (s *Server) phases(r *request) (any, error) {
	if err := cmp.Or(r.oneOf(paramPhase, phaseNames...), r.rulesExist(), r.nodesExist()); err != nil {
		return nil, err
	}
	out := v1alpha1.PhaseList{Header: r.header("PhaseList")}
	wanted := func(p engine.PairStanding) bool {
		return r.wants(paramRule, p.Rule.String()) && r.wants(paramNode, p.Node) && r.wantsPhase(&p)
	}
	leaves := r.leaves()
	out.Items, out.Page = part(&r.params, only(r.board.Pairs(), wanted),
		func(p engine.PairStanding) []string { return append(placeOf(p.Rule), p.Node) },
		func(p engine.PairStanding) v1alpha1.Phase { return r.phase(&p, leaves(p.Rule)) })
	return out, nil
}

var phaseNames = []string{engine.Inactive.String(), engine.Pending.String(), engine.Firing.String(), engine.Keeping.String()}

// wantsPhase leaves out what is plainly inactive unless it is asked for.
func (r *request) wantsPhase(p *engine.PairStanding) bool {
	if !r.Has(paramPhase) {
		return p.Phase != engine.Inactive || p.Truth != engine.False
	}
	return r.wants(paramPhase, p.Phase.String())
}

func (r *request) phase(p *engine.PairStanding, leaves []*rules.Leaf) v1alpha1.Phase {
	verdict, _ := r.board.Explain(p.Rule, p.Node) // the pair is one of the Board's
	return v1alpha1.Phase{
		Rule: p.Rule.String(), Node: p.Node, Phase: p.Phase.String(), Since: utc(p.Since), TrueSince: utc(p.TrueSince),
		LastSample: utc(p.Known), Truth: p.Truth.String(), Blocks: p.Blocks, Silenced: p.Silenced,
		GraceUntil: r.board.GraceUntil(p.Node), Says: verdict.Sentence, Comparisons: r.comparisons(leaves, verdict.Leaves),
	}
}

// leaves returns a function that finds the comparisons of a rule.
func (r *request) leaves() func(rules.Key) []*rules.Leaf {
	known := map[rules.Key][]*rules.Leaf{}
	for rule := range pointers(r.board.RuleSet().Rules) {
		for leaf := range rule.When.Leaves() {
			known[rule.Key()] = append(known[rule.Key()], leaf)
		}
	}
	return func(k rules.Key) []*rules.Leaf { return known[k] }
}

// comparisons says how the leaves of a rule stand on a node; both are in one order.
func (r *request) comparisons(leaves []*rules.Leaf, verdicts []engine.LeafVerdict) []v1alpha1.Comparison {
	out := make([]v1alpha1.Comparison, len(verdicts))
	for i, v := range verdicts {
		l := leaves[i]
		out[i] = v1alpha1.Comparison{
			Condition: v.Condition, Metric: l.Metric, Unit: string(r.board.RuleSet().Metrics[l.Metric].Unit),
			Threshold: l.Threshold, Truth: v.Truth.String(), Says: v.Sentence,
		}
		out[i].Value, out[i].Time, out[i].AgeSeconds = r.sample(v.Value, v.At)
		if l.Clear != l.Threshold {
			out[i].Clear = &l.Clear
		}
	}
	return out
}

// sample writes a value with its time and age; nothing where there never was one.
func (r *request) sample(value float64, at time.Time) (*float64, time.Time, *float64) {
	if at.IsZero() {
		return nil, time.Time{}, nil
	}
	age := r.now.Sub(at).Round(time.Millisecond).Seconds()
	return &value, at.UTC(), &age
}

func (s *Server) values(r *request) (any, error) {
	if err := cmp.Or(r.metricsExist(), r.nodesExist()); err != nil {
		return nil, err
	}
	out := v1alpha1.ValueList{Header: r.header("ValueList")}
	sources := map[string]*evaluator.SourceReport{}
	for one := range pointers(r.evaluator.Sources()) {
		sources[one.Name] = one
		if one.Builtin {
			sources[""] = one
		}
	}
	wanted := func(v engine.Value) bool { return r.wants(paramMetric, v.Metric) && r.wants(paramNode, v.Node) }
	out.Items, out.Page = part(&r.params, only(r.board.Values(), wanted),
		func(v engine.Value) []string { return []string{v.Metric, v.Node} },
		func(v engine.Value) v1alpha1.Value { return r.value(v, sources) })
	return out, nil
}

func (r *request) value(v engine.Value, sources map[string]*evaluator.SourceReport) v1alpha1.Value {
	m := r.board.RuleSet().Metrics[v.Metric]
	out := v1alpha1.Value{
		Metric: v.Metric, Node: v.Node, Unit: string(m.Unit), MaxAgeSeconds: m.MaxAge.Seconds(), Unknown: v.Unknown, WindowSeconds: v.Window.Seconds(),
		GraceUntil: r.board.GraceUntil(v.Node),
	}
	out.Value, out.Time, out.AgeSeconds = r.sample(v.Value, v.At)
	// A built-in metric names no source: one feeds them all, but for pods.
	if source := sources[m.Source]; source != nil && v.Metric != rules.MetricPods {
		out.Source = source.Name
	}
	if m.InFlight.Resource != rules.ResourceNone {
		out.InFlight = &v1alpha1.ValueInFlight{Unseen: tidy(v.Unseen, m.Unit), Arrived: tidy(v.Adds(r.account.At(r.board.Slot(v.Node))), m.Unit)}
	}
	return out
}
