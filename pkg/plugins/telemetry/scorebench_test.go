package telemetry

import (
	"fmt"
	"strings"
	"testing"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"
)

// likes are the wishes that the pod of the benchmarks has: three preferences, and
// beside a hundred rules that block, three that take points off.
func likes() string {
	var text strings.Builder
	text.WriteString("rules:\n" + manyRules())
	for i := range 3 {
		fmt.Fprintf(&text, "- {name: avoid-%d, when: {metric: memory, above: %d%%}, actions: {avoid: {points: 20}}}\n", i, 60+10*i)
	}
	return text.String() + `preferences:
- {name: cool, metric: memory, prefer: Low, weight: 3}
- {name: calm, metric: cpu, prefer: Steady}
- {name: filled, metric: cpu, prefer: Near, target: 70%}
`
}

// newRanked is a flock with all sorts of nodes.
func newRanked(tb testing.TB, count int) *flock {
	c := newCluster(tb, "")
	c.rules = document(tb, likes())
	f := newFlock(c, count, 0, newPod("p", needing("1Gi")))
	inUse := map[string]float64{}
	for i, node := range f.nodes {
		inUse[node.Node().Name] = float64(30 + i*37%58)
	}
	f.plugin = newPlugin(c.board(inUse))
	return f
}

// balanced is NodeResourcesBalancedAllocation as kube-scheduler's default profile has
// it.
func balanced(tb testing.TB) *noderesources.BalancedAllocation {
	tb.Helper()
	args := &config.NodeResourcesBalancedAllocationArgs{Resources: []config.ResourceSpec{{Name: "cpu", Weight: 1}, {Name: "memory", Weight: 1}}}
	p, err := noderesources.NewBalancedAllocation(tb.Context(), args, profile(tb, "default-scheduler"), feature.NewSchedulerFeaturesFromGates(utilfeature.DefaultFeatureGate))
	if err != nil {
		tb.Fatal(err)
	}
	return p.(*noderesources.BalancedAllocation)
}

// scorer is what the plugins have in common.
type scorer interface {
	fwk.PreScorePlugin
	fwk.ScorePlugin
}

// rank begins the scoring of a cycle.
func (f *flock) rank(tb testing.TB, p scorer) fwk.CycleState {
	tb.Helper()
	state := framework.NewCycleState()
	if status := p.PreScore(tb.Context(), state, f.pod, f.nodes); !status.IsSuccess() {
		tb.Fatal(status.AsError())
	}
	return state
}

// score asks a plugin about every node.
func (f *flock) score(tb testing.TB, p scorer, state fwk.CycleState) {
	ctx := tb.Context()
	for _, node := range f.nodes {
		if _, status := p.Score(ctx, state, f.pod, node); !status.IsSuccess() {
			tb.Fatalf("%s says %v", p.Name(), status)
		}
	}
}

// inTree are Score plugins of the default profile that look at each node by itself.
func inTree(tb testing.TB) map[string]scorer {
	return map[string]scorer{"NodeResourcesFit": fit(tb), "NodeResourcesBalancedAllocation": balanced(tb)}
}

// BenchmarkScore ranks 5,000 nodes by three preferences and three rules that take
// points off, and lets a plugin of kube-scheduler score the same nodes.
func BenchmarkScore(b *testing.B) {
	for name, other := range inTree(b) {
		b.Run("beside "+name, func(b *testing.B) {
			f := newRanked(b, benchNodes)
			ours, theirs := f.rank(b, f.plugin), f.rank(b, other)
			compare(b, 10, benchNodes, "node",
				func() { f.score(b, f.plugin, ours) },
				func() { f.score(b, other, theirs) })
		})
	}
}

// BenchmarkPreScore begins the scoring of cycles.
func BenchmarkPreScore(b *testing.B) {
	for name, other := range inTree(b) {
		b.Run("beside "+name, func(b *testing.B) {
			f := newRanked(b, 1)
			compare(b, 1000, 1, "pod", func() { f.rank(b, f.plugin) }, func() { f.rank(b, other) })
		})
	}
}

// The race detector adds nothing here.
func TestScoreAllocatesNothing(t *testing.T) {
	f := newRanked(t, 100)
	state := f.rank(t, f.plugin)
	if got := testing.AllocsPerRun(50, func() { f.score(t, f.plugin, state) }); got != 0 {
		t.Errorf("%v allocations for 100 nodes", got)
	}
}
