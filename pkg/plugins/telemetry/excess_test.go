package telemetry

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestARuleOfTwoResourcesSetsNoEstimateOfOneAside: the first pod fits under the line of
// memory, and the second does not beside it. The other rule is about hot nodes with full
// memory, and none is hot.
func TestARuleOfTwoResourcesSetsNoEstimateOfOneAside(t *testing.T) {
	const fullAndHot = "- {name: full-and-hot, when: {all: [{metric: memory, above: 50%}, {metric: cpu, above: 90%}]}, actions: {block: {}}}\n"
	p := newPlugin(newCluster(t, fullAndHot+memoryRule).board(map[string]float64{"a": 10}))
	guess := annotated(rules.AnnotationEstimate, "memory=60Gi")
	if first, second := attempt(t, p, newPod("first", needing("1Gi"), guess), "a"), attempt(t, p, newPod("second", needing("1Gi"), guess), "a"); first != "a" || second != "" {
		t.Errorf("10 %% are used, and of two pods of 60 GiB under 90 GiB the first went to %q and the second to %q", first, second)
	}
}

// TestARuleThatGivesWaySetsNoEstimateAside: the pod waits for the firm rule alone, under
// which a node of 100 GiB could take 60 GiB, and is judged by them there.
func TestARuleThatGivesWaySetsNoEstimateAside(t *testing.T) {
	const givesWay = "- {name: memory-above-50, when: {metric: memory, above: 50%}, actions: {block: {whenAllBlocked: ScheduleAnyway}}}\n"
	pod := newPod("p", needing("1Gi"), annotated(rules.AnnotationEstimate, "memory=60Gi"))
	for name, tc := range map[string]struct {
		wrong string // with the order of the profile's plugins
		want  float64
	}{
		"a profile in which it gives way":      {"", 60 << 30},
		"one in which it acts like a firm one": {"Filter is not the last", 1 << 30},
	} {
		board := newCluster(t, givesWay+memoryRule).board(map[string]float64{"a": 10})
		p := newPlugin(board)
		p.shared.orders[pod.Spec.SchedulerName] = func() string { return tc.wrong }
		if got := p.begin(pod).need.Memory; got != tc.want {
			t.Errorf("%s: the cycle judges it by %v", name, got)
		}
		if got := (&waker{shared: p.shared, reader: p.pods}).sleeper(board, pod, waiter{}).need.Memory; got != tc.want {
			t.Errorf("%s: the waker judges it by %v", name, got)
		}
		if got := p.shared.Oracle(informers.NewSharedInformerFactory(fake.NewClientset(), 0)).Ask(pod).Need.Memory; got != tc.want {
			t.Errorf("%s: the API judges it by %v", name, got)
		}
	}
}

// countingNodes counts the nodes that are looked up.
type countingNodes struct {
	corelisters.NodeLister
	gets int
}

func (c *countingNodes) Get(name string) (*v1.Node, error) {
	c.gets++
	return c.NodeLister.Get(name)
}

func (c *countingNodes) List(s labels.Selector) ([]*v1.Node, error) {
	nodes, err := c.NodeLister.List(s)
	c.gets += len(nodes)
	return nodes, err
}

// TestALargePodDoesNotHaveEveryNodeLookedAt: in a cluster with one small node most pods
// are beyond the lowest line, and that must not cost a look at thousands of nodes in
// each scheduling cycle.
func TestALargePodDoesNotHaveEveryNodeLookedAt(t *testing.T) {
	used, nodes := map[string]float64{}, []*v1.Node{}
	for i := range 100 {
		used[numbered("n", i)], nodes = 20, append(nodes, newNode(numbered("n", i)))
	}
	c := newCluster(t, "- {name: low, when: {metric: memory, above: 1%}, nodes: {matchLabels: {kubernetes.io/hostname: n0000}}, actions: {block: {}}}\n"+memoryRule)
	for name, tc := range map[string]struct {
		pod  *v1.Pod
		want int
	}{
		"one that asks for so much":           {newPod("asks", needing("5Gi")), 0},
		"one that is guessed to use so much":  {newPod("guessed", needing("5Gi"), annotated(rules.AnnotationEstimate, "memory=60Gi")), 1},
		"one that no node could ever give to": {newPod("absurd", needing("5Gi"), annotated(rules.AnnotationEstimate, "memory=120Gi")), 0},
	} {
		p, lister := newPlugin(c.board(used)), &countingNodes{NodeLister: nodeLister(nodes...)}
		p.shared.sources.Store(&podSources{nodes: lister})
		if p.begin(tc.pod) == nil || lister.gets != tc.want {
			t.Errorf("%s: %d nodes are looked up, want %d", name, lister.gets, tc.want)
		}
	}
}
