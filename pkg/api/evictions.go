package api

import (
	"cmp"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Descheduler is what the API reads of the loop that moves pods.
type Descheduler interface {
	// Report returns nil before the first round of a leader. Nobody changes it.
	Report() *report.Report
}

// Follow gives the Server the loop that moves pods, once there is one.
func (s *Server) Follow(d Descheduler) { s.moves.Store(&d) }

// report returns what that loop told last; nil where it told nothing.
func (s *Server) report() *report.Report {
	if d := s.moves.Load(); d != nil {
		return (*d).Report()
	}
	return nil
}

// evictions tells what rules did that move pods, and why they did nothing.
func (s *Server) evictions(r *request) (any, error) {
	told := r.moves
	if told == nil {
		told = &report.Report{Waits: "nodes were not looked at yet: that begins when this replica leads"}
	}
	if err := r.concern(told); err != nil {
		return nil, err
	}
	open, changes := s.opts.Eviction.Open(r.now)
	out := v1alpha1.EvictionList{
		Header: r.header("EvictionList"), At: utc(told.At), Mode: modeOf(s.opts.Eviction.DryRun),
		Window: v1alpha1.EvictionWindow{Open: open, Changes: utc(changes)}, Pause: r.pause(r.board.RuleSet().Pause),
		Stopped: string(told.Stopped), Waits: told.Waits, Rules: s.evictionRules(r, told), Counts: r.evictionCounts(told),
	}
	pairs := slices.SortedFunc(only(pointers(told.Pairs), r.decides), func(a, b *report.Pair) int { return slices.Compare(pairPlace(a), pairPlace(b)) })
	out.Items, out.Page = part(&r.params, slices.Values(pairs), pairPlace, decision)
	if r.after == nil {
		out.Moving, out.Last = r.movesUnderWay(told), r.lastEvictions(told)
	}
	if r.Has(paramNode) {
		out.Pods = plannedPods(told, out.Items)
	}
	return out, nil
}

func pairPlace(p *report.Pair) []string { return []string{p.Node, p.Rule.Namespace, p.Rule.Name} }

func (r *request) decides(p *report.Pair) bool {
	return r.wants(paramRule, p.Rule.String()) && r.wants(paramNode, p.Node)
}

func decision(p *report.Pair) v1alpha1.Decision {
	return v1alpha1.Decision{Rule: p.Rule.String(), Node: p.Node, Reason: string(p.Reason), Says: p.Sentence, Since: utc(p.Since), FiringSince: utc(p.Firing)}
}

// concern refuses rules and nodes of which nothing is known, nor was.
func (r *request) concern(told *report.Report) error {
	var past, left []string
	for one := range pointers(told.Evictions) {
		past, left = append(past, namesOf(one.Rules)...), append(left, one.From, one.Home, one.Landed)
	}
	if err := r.rulesExistOr(past); err != nil {
		return err
	}
	there := func(name string) bool { return r.board.Slot(name) >= 0 || slices.Contains(left, name) }
	return r.named(paramNode, there, r.board.Names)
}

func modeOf(dryRun bool) string {
	if dryRun {
		return "DryRun"
	}
	return "Enforce"
}

func (s *Server) evictionRules(r *request, told *report.Report) []v1alpha1.EvictionRule {
	out := []v1alpha1.EvictionRule{}
	for rule := range pointers(r.board.RuleSet().Rules) {
		if rule.Evict == nil || !r.wants(paramRule, rule.Key().String()) {
			continue
		}
		one := v1alpha1.EvictionRule{Rule: rule.Key().String(), Goal: string(rule.Evict.Goal), Mode: modeOf(s.opts.Eviction.For(rule).DryRun)}
		for said := range pointers(told.Rules) {
			if said.Key == rule.Key() {
				one.Stopped, one.Why = string(said.Stopped), said.Why
			}
		}
		out = append(out, one)
	}
	return out
}

// evictionCounts adds the hours up, the greatest first.
func (r *request) evictionCounts(told *report.Report) (out []v1alpha1.EvictionCount) {
	type what struct {
		rule   rules.Key
		reason plan.Reason
	}
	sums := map[what]int{}
	for c := range pointers(told.Counts) {
		if r.wants(paramRule, c.Rule.String()) {
			sums[what{c.Rule, c.Reason}] += c.Count
		}
	}
	for of, n := range sums {
		out = append(out, v1alpha1.EvictionCount{Rule: of.rule.String(), Reason: string(of.reason), Says: of.reason.Sentence(), Count: n})
	}
	slices.SortFunc(out, func(a, b v1alpha1.EvictionCount) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// plannedPods are what the plan says of pods on the nodes of an answer.
func plannedPods(told *report.Report, about []v1alpha1.Decision) (out []v1alpha1.PlannedPod) {
	for n := range pointers(told.Nodes) {
		if !slices.ContainsFunc(about, func(d v1alpha1.Decision) bool { return d.Node == n.Node }) {
			continue
		}
		for m := range pointers(n.Moves) {
			one := plannedPod(m.Pod, m.Held)
			one.Home, one.Rules = m.Home.Node, namesOf(m.For)
			if m.DryRun && m.Held == "" {
				one.Reason, one.Says = string(plan.DryRun), plan.DryRun.Sentence()
			}
			out = append(out, one)
		}
		for s := range pointers(n.Spared) {
			out = append(out, plannedPod(s.Pod, s.Reason))
		}
	}
	return out
}

func plannedPod(p *plan.Pod, reason plan.Reason) v1alpha1.PlannedPod {
	out := v1alpha1.PlannedPod{Node: p.Node, Namespace: p.Namespace, Name: p.Name, UID: p.UID, Reason: string(reason)}
	if reason != "" {
		out.Says = p.Because(reason)
	}
	return out
}

func namesOf(keys []rules.Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.String()
	}
	return out
}
