package status

import (
	"cmp"
	"context"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/answers"
)

// ask fills in what the scheduler says.
func (r *Report) ask(ctx context.Context, api answers.Asker) error {
	rules, err := answers.Rules(ctx, api)
	if err != nil {
		return err
	}
	keys, err := answers.Keys(ctx, api)
	if err != nil {
		return err
	}
	phases, err := answers.Phases(ctx, api)
	if err != nil {
		return err
	}
	sources, err := answers.Sources(ctx, api)
	if err != nil {
		return err
	}
	waiting, err := answers.Waiting(ctx, api)
	if err != nil {
		return err
	}
	if r.Evictions, err = answers.Evictions(ctx, api, nil, nil); err != nil {
		return err
	}
	r.Waiting = waitersOf(waiting)
	r.Answers, r.Board, r.Pause = true, &rules.Board, &rules.Pause
	r.Rules, r.texts, r.Sources = rules.Items, keys, sources.Items
	r.Firing = slices.DeleteFunc(phases.Items, func(p v1alpha1.Phase) bool { return !fires(&p) })
	newestFirst(r.Firing)
	return nil
}

// mostWaiters is how many pods that wait are named.
const mostWaiters = 3

func waitersOf(list *v1alpha1.WaitingList) *Waiting {
	longest := slices.SortedStableFunc(slices.Values(list.Items), func(a, b v1alpha1.WaitingPod) int { return a.Since.Compare(b.Since) })
	return &Waiting{Pods: len(longest), Rules: list.Rules, Longest: longest[:min(mostWaiters, len(longest))]}
}

// fires reports whether a rule keeps pods off a node, or would if it did anything: because
// it fires, or because nothing is known.
func fires(p *v1alpha1.Phase) bool { return p.Phase == "firing" || p.Phase == "keeping" || p.Blocks }

func newestFirst(list []v1alpha1.Phase) {
	slices.SortStableFunc(list, func(a, b v1alpha1.Phase) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Node, b.Node))
	})
}
