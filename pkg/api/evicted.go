package api

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
)

// lastEvictions are those that were asked for: of any of the rules, from or to any of the
// nodes.
func (r *request) lastEvictions(told *report.Report) (out []v1alpha1.Eviction) {
	for one := range pointers(told.Evictions) {
		if e := EvictionOf(one); r.concerns(&e) {
			out = append(out, e)
		}
	}
	return out
}

func (r *request) concerns(e *v1alpha1.Eviction) bool {
	asked := !r.Has(paramRule) || slices.ContainsFunc(e.Rules, func(rule string) bool { return r.wants(paramRule, rule) })
	return asked && slices.ContainsFunc([]string{e.From, e.Home, e.Landed}, func(node string) bool { return r.wants(paramNode, node) })
}

// movesUnderWay are those in full that are among the last evictions still.
func (r *request) movesUnderWay(told *report.Report) (out []v1alpha1.Eviction) {
	records := map[string]*memory.Record{}
	for one := range pointers(told.Evictions) {
		if !one.DryRun && records[one.UID] == nil {
			records[one.UID] = one
		}
	}
	for m := range pointers(told.Moving) {
		e := v1alpha1.Eviction{UID: m.UID, At: utc(m.Asked), From: m.Node, Landed: m.Landed, Left: utc(m.Left), Bound: utc(m.Bound), Step: string(m.Step)}
		if one := records[m.UID]; one != nil {
			e = EvictionOf(one)
		}
		if r.concerns(&e) {
			out = append(out, e)
		}
	}
	return out
}

// EvictionOf tells one that is remembered.
func EvictionOf(one *memory.Record) v1alpha1.Eviction {
	out := v1alpha1.Eviction{
		At: utc(one.At), DryRun: one.DryRun, Rules: namesOf(one.Rules), Says: one.Sentences, SampleAgeSeconds: one.Age.Seconds(),
		Namespace: one.Namespace, Name: one.Pod, UID: one.UID, OwnerKind: one.OwnerKind, OwnerName: one.OwnerName,
		From: one.From, Home: one.Home, Landed: one.Landed, Resource: one.Resource,
		Left: utc(one.Left), Bound: utc(one.Bound), Ended: utc(one.Ended), Step: string(one.Step), Outcome: string(one.Outcome), Why: one.Why,
	}
	if one.Outcome != "" {
		out.Step = ""
	}
	if one.Resource == "" {
		return out
	}
	out.Predicted = finite(one.Predicted)
	if one.Outcome == memory.Relieved || one.Outcome == memory.NotRelieved {
		out.Observed = finite(one.Observed)
	}
	return out
}

// evictionOn says what came of a rule that moves pods on a node; nil where it does not, or
// was not looked at.
func (r *request) evictionOn(node, rule string) *v1alpha1.NodeEviction {
	if r.moves == nil {
		return nil
	}
	if r.byPair == nil {
		r.byPair = map[[2]string]*report.Pair{}
		for p := range pointers(r.moves.Pairs) {
			r.byPair[[2]string{p.Node, p.Rule.String()}] = p
		}
	}
	if p := r.byPair[[2]string{node, rule}]; p != nil {
		return &v1alpha1.NodeEviction{Reason: string(p.Reason), Says: p.Sentence}
	}
	return nil
}
