package top

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// Orders beside the names of metrics.
const (
	byTrouble = "trouble"
	byName    = "name"
	// lowest behind the name of a metric puts its lowest values first.
	lowest = ":lowest"
)

// trouble is how a rule stands on a node, the worst first.
type trouble int

const (
	fires trouble = iota
	keeps
	blocksUnknown
	waits
	firesIdly // in a dry run, a pause or a silence
	unknown
	calm
)

// view is what is shown: nodes, and which rules do nothing where they fire.
type view struct {
	nodes []v1alpha1.Node
	board v1alpha1.Board
	idle  map[string]string // by rule: dry run or paused
}

// worst returns the rule that stands worst on a node; nil where all is calm.
func (v *view) worst(n *v1alpha1.Node) (worst *v1alpha1.NodeRule, how trouble) {
	how = calm
	for i := range n.Rules {
		if one := v.trouble(n, &n.Rules[i]); one < how {
			worst, how = &n.Rules[i], one
		}
	}
	return worst, how
}

// blind reports whether a rule knows nothing of a node.
func (v *view) blind() bool {
	for i := range v.nodes {
		if slices.ContainsFunc(v.nodes[i].Rules, func(r v1alpha1.NodeRule) bool { return r.Truth == "Unknown" }) {
			return true
		}
	}
	return false
}

func (v *view) trouble(n *v1alpha1.Node, r *v1alpha1.NodeRule) trouble {
	idle := r.Silenced || v.idle[r.Rule] != ""
	switch {
	case idle && (r.Phase == "firing" || r.Phase == "keeping"):
		return firesIdly
	case r.Phase == "firing":
		return fires
	case r.Phase == "keeping":
		return keeps
	case r.Blocks && !idle:
		return blocksUnknown
	case r.Phase == "pending" && !idle:
		return waits
	case r.Truth == "Unknown" && n.GraceUntil.IsZero():
		return unknown
	}
	return calm
}

// sort orders the nodes; equal ones by name.
func (v *view) sort(by string) error {
	order, err := v.order(by)
	if err != nil {
		return err
	}
	slices.SortStableFunc(v.nodes, func(a, b v1alpha1.Node) int { return cmp.Or(order(&a, &b), cmp.Compare(a.Node, b.Node)) })
	return nil
}

func (v *view) order(by string) (func(a, b *v1alpha1.Node) int, error) {
	switch by {
	case byName:
		return func(*v1alpha1.Node, *v1alpha1.Node) int { return 0 }, nil
	case byTrouble:
		return v.moreTroubled, nil
	}
	metric, up := strings.CutSuffix(by, lowest)
	if known := v.metrics(); len(v.nodes) > 0 && !slices.Contains(known, metric) {
		return nil, cli.Usagef("--sort-by is %q; write %s, %s, or a metric that rules look at (%s), with %q for the lowest first", by, byTrouble, byName, strings.Join(known, ", "), lowest)
	}
	return func(a, b *v1alpha1.Node) int { return compareValues(a, b, metric, up) }, nil
}

// moreTroubled puts nodes where rules fire first, then those nearest to a line.
func (v *view) moreTroubled(a, b *v1alpha1.Node) int {
	_, one := v.worst(a)
	_, other := v.worst(b)
	return cmp.Or(cmp.Compare(one, other), cmp.Compare(distance(a), distance(b)))
}

func distance(n *v1alpha1.Node) float64 {
	if n.Nearest == nil {
		return math.Inf(1)
	}
	return n.Nearest.Away
}

// compareValues puts what is unknown last, in either direction.
func compareValues(a, b *v1alpha1.Node, metric string, up bool) int {
	one, other := valueOf(a, metric), valueOf(b, metric)
	switch {
	case one == nil || other == nil:
		return cmp.Compare(rank(one), rank(other))
	case up:
		return cmp.Compare(*one, *other)
	}
	return cmp.Compare(*other, *one)
}

func rank(value *float64) int {
	if value == nil {
		return 1
	}
	return 0
}

// valueOf is a value that counts; nil where there is none.
func valueOf(n *v1alpha1.Node, metric string) *float64 {
	for i := range n.Values {
		if v := &n.Values[i]; v.Metric == metric && v.Unknown == "" {
			return v.Value
		}
	}
	return nil
}

// metrics are the names of all metrics, in order.
func (v *view) metrics() []string {
	all := map[string]bool{}
	for i := range v.nodes {
		for j := range v.nodes[i].Values {
			all[v.nodes[i].Values[j].Metric] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
