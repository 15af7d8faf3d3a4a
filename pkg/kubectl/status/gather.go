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
	phases, err := answers.Phases(ctx, api, "firing", "keeping")
	if err != nil {
		return err
	}
	sources, err := answers.Sources(ctx, api)
	if err != nil {
		return err
	}
	r.Answers, r.Board, r.Pause = true, &rules.Board, &rules.Pause
	r.Rules, r.texts, r.Firing, r.Sources = rules.Items, keys, phases.Items, sources.Items
	newestFirst(r.Firing)
	return nil
}

func newestFirst(list []v1alpha1.Phase) {
	slices.SortStableFunc(list, func(a, b v1alpha1.Phase) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Node, b.Node))
	})
}
