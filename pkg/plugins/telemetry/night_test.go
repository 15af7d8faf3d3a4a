package telemetry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// night is a cluster in which pods sleep.

type night struct {
	*cluster
	planner planner
	current *engine.Board
	nodes   []*v1.Node
	pods    []*v1.Pod
	tried   map[string]uint64
	// trying has the pods whose attempt may be under way, requested what is
	// requested on young nodes.
	trying    map[string]bool
	requested map[string]engine.Amounts
	// arrived is what came to nodes since the Board.
	arrived map[string]engine.Amounts
}

// newNight begins with a Board, with which every pod was tried in vain.

func newNight(t testing.TB, list string, used map[string]float64, pods ...*v1.Pod) *night {
	n := &night{cluster: newCluster(t, list), planner: planner{logger: klog.Background()}, pods: pods, tried: map[string]uint64{}}
	for name := range used {
		n.nodes = append(n.nodes, newNode(name))
	}
	slices.SortFunc(n.nodes, func(a, b *v1.Node) int { return strings.Compare(a.Name, b.Name) })
	n.tick(used)
	for _, pod := range pods {
		n.tried[pod.Name] = n.current.Version
	}
	return n
}

// tick makes the next Board.

func (n *night) tick(used map[string]float64) *night {
	n.current, n.arrived = n.board(used), map[string]engine.Amounts{}
	n.planner.advance(n.current)
	return n
}

// fail says that pods were tried with the current Board, in vain.

func (n *night) fail(names ...string) {
	for _, name := range names {
		n.tried[name] = n.current.Version
	}
}

// reserve says that pods came to the nodes that they were granted.

func (n *night) reserve(names ...string) {
	for _, name := range names {
		g := n.planner.grants[types.UID("uid-"+name)]
		n.arrived[g.node] = n.arrived[g.node].Plus(g.need)
	}
	n.pods = slices.DeleteFunc(n.pods, func(pod *v1.Pod) bool { return slices.Contains(names, pod.Name) })
}

func (n *night) sites() []site {
	out := make([]site, len(n.nodes))
	for i, node := range n.nodes {
		out[i] = site{node: node, arrived: n.arrived[node.Name], requested: n.requested[node.Name]}
	}
	return out
}

// wantWoken runs a plan and compares the names of the pods that it wakes.

func (n *night) wantWoken(want ...string) {
	n.t.Helper()
	woken, _ := n.planner.plan(n.sleepers(), n.sites())
	var got []string
	for _, pod := range woken {
		got = append(got, pod.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		n.t.Errorf("woken pods (-want +got):\n%s", diff)
	}
}

func (n *night) sleepers() (sleepers []*sleeper) {
	reader := inquiry.Reader{Namespaces: namespaceLister(), Exemptions: true}
	for _, pod := range n.pods {
		sleepers = append(sleepers, &sleeper{
			pod: pod, tried: n.tried[pod.Name], trying: n.trying[pod.Name], priority: corev1helpers.PodPriority(pod),
			governing: n.current.Govern(reader.Facts(pod)), need: needOf(pod),
		})
	}
	return sleepers
}

func crowd(count int, memory string) (pods []*v1.Pod) {
	for i := range count {
		// The higher the number the younger.
		pods = append(pods, newPod(numbered("p", i), needing(memory), aged(time.Hour-time.Duration(i)*time.Minute)))
	}
	return pods
}

// BenchmarkPlan looks at many waiting pods when one node recovers.
func BenchmarkPlan(b *testing.B) {
	for _, size := range []struct{ pods, classes int }{{1000, 10}, {1000, 1000}, {5000, 10}} {
		b.Run(fmt.Sprintf("pods=%d/classes=%d/nodes=%d/rules=%d", size.pods, size.classes, benchNodes, benchRules), func(b *testing.B) {
			used := map[string]float64{}
			for i := range benchNodes {
				used[numbered("node-", i)] = 97
			}
			var pods []*v1.Pod
			for i := range size.pods {
				pods = append(pods, newPod(numbered("p", i), needing(fmt.Sprintf("%dMi", 1024+i%size.classes))))
			}
			n := newNight(b, manyRules(), used, pods...)
			// Two Boards take turns, as if the node went up and down.
			used[numbered("node-", 0)] = 70
			boards := [2]*engine.Board{n.tick(used).current}
			used[numbered("node-", 0)] = 97
			boards[1] = n.tick(used).current
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				n.planner.advance(boards[i%2])
				n.planner.plan(n.sleepers(), n.sites())
			}
		})
	}
}
