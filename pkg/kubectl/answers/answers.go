// Package answers reads whole lists of the scheduler's read-only API, which come in
// parts.
package answers

import (
	"context"
	"maps"
	"net/url"
	"strconv"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// Asker asks one question: a path under the API's prefix, and its parameters.
type Asker interface {
	Get(ctx context.Context, path string, query url.Values, answer any) error
}

// largest is how many items a part may have.
const largest = 5000

// Rules asks for all rules in force.
func Rules(ctx context.Context, api Asker) (*v1alpha1.RuleList, error) {
	return whole(ctx, api, "/rules", nil, func(l *v1alpha1.RuleList) (*[]v1alpha1.Rule, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Keys asks how all texts were read.
func Keys(ctx context.Context, api Asker) (*v1alpha1.KeyList, error) {
	return whole(ctx, api, "/keys", nil, func(l *v1alpha1.KeyList) (*[]v1alpha1.Key, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Phases asks how rules stand where they are not plainly inactive.
func Phases(ctx context.Context, api Asker) (*v1alpha1.PhaseList, error) {
	return whole(ctx, api, "/phases", nil, func(l *v1alpha1.PhaseList) (*[]v1alpha1.Phase, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Nodes asks for these nodes; for all where none is named.
func Nodes(ctx context.Context, api Asker, nodes ...string) (*v1alpha1.NodeList, error) {
	return whole(ctx, api, "/nodes", url.Values{"node": nodes}, func(l *v1alpha1.NodeList) (*[]v1alpha1.Node, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Waiting asks for the pods that wait because of these rules; because of any where none is
// named.
func Waiting(ctx context.Context, api Asker, rules ...string) (*v1alpha1.WaitingList, error) {
	return whole(ctx, api, "/waiting", url.Values{"rule": rules}, func(l *v1alpha1.WaitingList) (*[]v1alpha1.WaitingPod, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Evictions asks what the rules did that move pods; these rules where some are named, and
// on these nodes.
func Evictions(ctx context.Context, api Asker, rules, nodes []string) (*v1alpha1.EvictionList, error) {
	return whole(ctx, api, "/evictions", url.Values{"rule": rules, "node": nodes}, func(l *v1alpha1.EvictionList) (*[]v1alpha1.Decision, *v1alpha1.Page) { return &l.Items, &l.Page })
}

// Sources asks for the telemetry sources.
func Sources(ctx context.Context, api Asker) (*v1alpha1.SourceList, error) {
	out := new(v1alpha1.SourceList)
	return out, api.Get(ctx, "/sources", nil, out)
}

// whole asks for the parts of a list until there are no more. What is no item is that of
// the first.
func whole[L, I any](ctx context.Context, api Asker, path string, query url.Values, parts func(*L) (*[]I, *v1alpha1.Page)) (*L, error) {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(largest))
	out := new(L)
	items, page := parts(out)
	for part := out; ; {
		if err := api.Get(ctx, path, query, part); err != nil {
			return nil, err
		}
		more, next := parts(part)
		if part != out {
			*items = append(*items, *more...)
		}
		if next.Continue == "" {
			*page = v1alpha1.Page{}
			return out, nil
		}
		query.Set("continue", next.Continue)
		part = new(L)
	}
}
