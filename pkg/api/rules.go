package api

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

func (s *Server) rules(r *request) (any, error) {
	set, summary := r.board.RuleSet(), map[rules.Key]*engine.RuleSummary{}
	for one := range pointers(r.board.Rules()) {
		summary[one.Key] = one
	}
	out := v1alpha1.RuleList{Header: r.header("RuleList"), Pause: r.pause(set.Pause)}
	out.Items, out.Page = part(&r.params, pointers(set.Rules), func(rule *rules.Rule) []string { return placeOf(rule.Key()) },
		func(rule *rules.Rule) v1alpha1.Rule { return s.rule(r, rule, summary[rule.Key()]) })
	return out, nil
}

func placeOf(k rules.Key) []string { return []string{k.Namespace, k.Name} }

func (s *Server) rule(r *request, rule *rules.Rule, sum *engine.RuleSummary) v1alpha1.Rule {
	out := v1alpha1.Rule{
		Name: rule.Key().String(), Description: rule.Description, Origin: origin(rule.Origin), Condition: rule.When.String(),
		ForSeconds: rule.For.Seconds(), KeepFiringForSeconds: rule.KeepFiringFor.Seconds(), OnUnknown: string(rule.OnUnknown),
		Nodes: selector(rule.Nodes), Pods: selector(rule.Pods), Namespaces: selector(rule.Namespaces),
		IncludeDaemonSets: rule.IncludeDaemonSets, MaxPodPriority: rule.MaxPodPriority,
		Actions: s.actions(rule), Mode: modeOf(rule.DryRun), Paused: rule.Paused,
		Silences: r.silences(r.board.RuleSet().Pause, func(s *rules.Silence) bool { return s.Rule == rules.Key{} || s.Rule == rule.Key() }),
		Counts: v1alpha1.Counts{
			Inactive: sum.Phases[engine.Inactive], Pending: sum.Phases[engine.Pending], Firing: sum.Phases[engine.Firing],
			Keeping: sum.Phases[engine.Keeping], Unknown: sum.Unknown, Awaited: sum.Awaited,
		},
		SourceFault: sum.SourceFault,
	}
	return out
}

func (s *Server) actions(rule *rules.Rule) (out v1alpha1.Actions) {
	if rule.Block != nil {
		out.Block = &v1alpha1.Block{WhenAllBlocked: string(rule.Block.WhenAllBlocked)}
	}
	if rule.Avoid != nil {
		out.Avoid = &v1alpha1.Avoid{Points: rule.Avoid.Points}
	}
	if rule.Evict != nil {
		p := s.opts.Eviction.For(rule)
		out.Evict = &v1alpha1.Evict{Goal: string(p.Goal), Mode: modeOf(p.DryRun), AfterSeconds: p.After.Seconds()}
	}
	if rule.Label != nil {
		out.Label = &v1alpha1.Label{Key: rule.Label.Key, Value: rule.Label.Value}
	}
	if rule.Taint != nil {
		out.Taint = &v1alpha1.Taint{Key: rule.Taint.Key, Effect: rule.Taint.Effect}
	}
	return out
}

// selector writes a selector as kubectl does; empty for one that selects everything.
func selector(s labels.Selector) string { return s.String() }

func origin(o rules.Origin) v1alpha1.Origin {
	return v1alpha1.Origin{File: o.File, Line: o.Line, Column: o.Column}
}

func (r *request) pause(p rules.Pause) v1alpha1.Pause {
	return v1alpha1.Pause{
		Block: p.BlocksPaused(r.now), Evict: p.EvictionPaused(r.now), Until: p.Until.UTC(), By: p.By, Why: p.Why,
		Silences: r.silences(p, func(*rules.Silence) bool { return true }),
		Mistakes: mistakes(r.knowledge.rules.Report().PauseMistakes),
	}
}

// silences returns those that have not ended.
func (r *request) silences(p rules.Pause, concerns func(*rules.Silence) bool) (out []v1alpha1.Silence) {
	for s := range pointers(p.Silences) {
		if concerns(s) && (s.Until.IsZero() || r.now.Before(s.Until)) {
			out = append(out, v1alpha1.Silence{Rule: s.Rule.String(), Node: s.Node, Until: utc(s.Until), By: s.By, Why: s.Why})
		}
	}
	return out
}

// utc leaves the zero time what it is.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

func mistakes(list []rules.Mistake) (out []v1alpha1.Mistake) {
	for m := range pointers(list) {
		out = append(out, v1alpha1.Mistake{
			File: m.File, Line: m.Line, Column: m.Column, Field: m.Path, Message: m.Message, Mend: m.Mend, Warning: m.Warning,
		})
	}
	return out
}

func (s *Server) preferences(r *request) (any, error) {
	out := v1alpha1.PreferenceList{Header: r.header("PreferenceList")}
	out.Items, out.Page = part(&r.params, pointers(r.board.RuleSet().Preferences),
		func(p *rules.Preference) []string { return placeOf(p.Key()) }, preference)
	return out, nil
}

func preference(p *rules.Preference) v1alpha1.Preference {
	return v1alpha1.Preference{
		Name: p.Key().String(), Origin: origin(p.Origin), Metric: p.Metric, Prefer: string(p.Prefer), Weight: p.Weight,
		OnUnknown: string(p.OnUnknown), Nodes: selector(p.Nodes), Pods: selector(p.Pods), Paused: p.Paused,
	}
}

func (s *Server) keys(r *request) (any, error) {
	report := r.knowledge.rules.Report()
	out := v1alpha1.KeyList{Header: r.header("KeyList"), Unread: mistakes(report.Unread)}
	for c := range pointers(report.Conflicts) {
		out.Conflicts = append(out.Conflicts, v1alpha1.Conflict{Kind: c.Kind, Name: c.Name.String(), SetAside: origin(c.Loser), InForce: origin(c.Winner)})
	}
	out.Items, out.Page = part(&r.params, pointers(report.Keys),
		func(k *rulesource.KeyReport) []string { return []string{k.Namespace, k.ConfigMap, k.Key} }, key)
	return out, nil
}

func key(k *rulesource.KeyReport) v1alpha1.Key {
	return v1alpha1.Key{Namespace: k.Namespace, ConfigMap: k.ConfigMap, Key: k.Key, InForce: string(k.InForce), Mistakes: mistakes(k.Mistakes)}
}
