package telemetry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"
)

const (
	benchRules = 100
	benchNodes = 5000
)

// manyRules is a list of rules above 81 to 95 %, a quarter of them of two metrics.
// The strictest do not govern pods of other teams.
func manyRules() string {
	var list strings.Builder
	for i := range benchRules {
		when, pods := fmt.Sprintf("{metric: memory, above: %d%%}", 81+i%15), ""
		if i%4 == 3 {
			when = fmt.Sprintf("{any: [%s, {metric: cpu, above: 85%%}]}", when)
		}
		if i%15 == 0 {
			pods = "pods: {matchLabels: {team: strict}}, "
		}
		fmt.Fprintf(&list, "- {name: rule-%03d, when: %s, %sactions: {block: {}}}\n", i, when, pods)
	}
	return list.String()
}

// flock is a cluster of like nodes as one scheduling cycle sees it.
type flock struct {
	plugin *Plugin
	nodes  []fwk.NodeInfo
	pod    *v1.Pod
}

// newFlock has nodes with ten pods each and some of their memory in use.
func newFlock(c *cluster, count int, used float64, pod *v1.Pod) *flock {
	inUse, f := map[string]float64{}, &flock{pod: pod}
	var pods []*v1.Pod
	for i := range 10 {
		pods = append(pods, newPod(numbered("running", i), needing("4Gi")))
	}
	for i := range count {
		name := numbered("node-", i)
		inUse[name] = used
		f.nodes = append(f.nodes, nodeInfo(name, pods...))
	}
	f.plugin = newPlugin(c.board(inUse))
	return f
}

// situations are the answers of Filter with 100 rules, by what it has to look at.
var situations = []struct {
	name string
	// used is the memory in use in percent; silent nodes are young and have not
	// reported, so that requests stand in.
	used   float64
	silent bool
	needs  string
	want   fwk.Code
}{
	{name: "accepts", used: 50, needs: "1Gi"},
	// The pod would break the strictest rules, which do not govern it: each limit is
	// looked at.
	{name: "accepts near the line", used: 79, needs: "2500Mi"},
	{name: "accepts on young nodes", silent: true, needs: "1Gi"},
	{name: "rejects broken nodes", used: 97, needs: "1Gi", want: fwk.UnschedulableAndUnresolvable},
	{name: "rejects by prediction", used: 79, needs: "10Gi", want: fwk.UnschedulableAndUnresolvable},
}

// inSituation makes so many nodes in a situation.
func inSituation(tb testing.TB, i, count int) *flock {
	s, c := situations[i], newCluster(tb, manyRules())
	if c.silent = s.silent; s.silent {
		c.created = noon
	}
	return newFlock(c, count, s.used, newPod("p", needing(s.needs)))
}

// fit is NodeResourcesFit as kube-scheduler's default profile has it.
func fit(tb testing.TB) *noderesources.Fit {
	tb.Helper()
	args := &config.NodeResourcesFitArgs{ScoringStrategy: &config.ScoringStrategy{
		Type: config.LeastAllocated, Resources: []config.ResourceSpec{{Name: "cpu", Weight: 1}, {Name: "memory", Weight: 1}},
	}}
	p, err := noderesources.NewFit(tb.Context(), args, profile(tb, "default-scheduler"), feature.NewSchedulerFeaturesFromGates(utilfeature.DefaultFeatureGate))
	if err != nil {
		tb.Fatal(err)
	}
	return p.(*noderesources.Fit)
}

// filterer is what the two plugins have in common.
type filterer interface {
	fwk.PreFilterPlugin
	fwk.FilterPlugin
}

// cycleFor begins a cycle.
func (f *flock) cycleFor(tb testing.TB, p filterer) fwk.CycleState {
	tb.Helper()
	state := framework.NewCycleState()
	if _, status := p.PreFilter(tb.Context(), state, f.pod, f.nodes); !status.IsSuccess() {
		tb.Fatal(status.AsError())
	}
	return state
}

// filter asks a plugin about every node.
func (f *flock) filter(tb testing.TB, p filterer, state fwk.CycleState, want fwk.Code) {
	ctx := tb.Context()
	for _, node := range f.nodes {
		if got := p.Filter(ctx, state, f.pod, node).Code(); got != want {
			tb.Fatalf("%s says %v", p.Name(), got)
		}
	}
}

// BenchmarkFilter asks about 5,000 nodes with 100 rules, and lets NodeResourcesFit
// answer for the same pod and nodes.
func BenchmarkFilter(b *testing.B) {
	for i, s := range situations {
		b.Run(s.name, func(b *testing.B) {
			f, other := inSituation(b, i, benchNodes), fit(b)
			ours, theirs := f.cycleFor(b, f.plugin), f.cycleFor(b, other)
			compare(b, 10, benchNodes, "node",
				func() { f.filter(b, f.plugin, ours, s.want) },
				func() { f.filter(b, other, theirs, fwk.Success) })
		})
	}
}

// BenchmarkPreFilter begins cycles with 100 rules.
func BenchmarkPreFilter(b *testing.B) {
	f, other := inSituation(b, 0, 1), fit(b)
	compare(b, 1000, 1, "pod", func() { f.cycleFor(b, f.plugin) }, func() { f.cycleFor(b, other) })
}

// compare lets ours and theirs take turns, so many runs at a time that most of the
// garbage of one is collected in its own time. It reports what each takes for one
// of the nodes or pods of a run, and ours as a share of theirs.
func compare(b *testing.B, runs, count int, of string, ours, theirs func()) {
	var our, their time.Duration
	for b.Loop() {
		our += elapsed(runs, ours)
		their += elapsed(runs, theirs)
	}
	total := float64(b.N * runs * count)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(our.Nanoseconds())/total, "ns/"+of)
	b.ReportMetric(float64(their.Nanoseconds())/total, "in-tree-ns/"+of)
	b.ReportMetric(float64(our)/float64(their), "ratio")
}

func elapsed(runs int, run func()) time.Duration {
	began := time.Now()
	for range runs {
		run()
	}
	return time.Since(began)
}
