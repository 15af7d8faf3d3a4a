package telemetry

import (
	"sync"
	"testing"

	"k8s.io/component-base/metrics/testutil"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestACycleKeepsItsBoard(t *testing.T) {
	c := newCluster(t, memoryRule)
	p := newPlugin(c.board(map[string]float64{"node": 95}))
	state := framework.NewCycleState()
	p.PreFilter(t.Context(), state, newPod("p"), nil)
	p.shared.Publish(c.board(map[string]float64{"node": 10}), nil)
	if status := p.Filter(t.Context(), state, newPod("p"), nodeInfo("node")); status.IsSuccess() {
		t.Error("the second Board was asked in a cycle that began with the first")
	}
	if status := p.Filter(t.Context(), state.Clone(), newPod("p"), nodeInfo("node")); status.IsSuccess() {
		t.Error("a dry run asked another Board")
	}
}

func TestFilterWithoutPreFilterIsAnError(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(nil))
	if got := p.Filter(t.Context(), framework.NewCycleState(), newPod("p"), nodeInfo("node")).Code(); got != fwk.Error {
		t.Errorf("the status is %v", got)
	}
}

func TestEveryRejectionHasAStatusOfItsOwn(t *testing.T) {
	const nodes = 3*chunkSize + 1
	used := map[string]float64{}
	for i := range nodes {
		used[numbered("n", i)] = 95
	}
	p := newPlugin(newCluster(t, memoryRule).board(used))
	state := framework.NewCycleState()
	p.PreFilter(t.Context(), state, newPod("p"), nil)
	var running sync.WaitGroup
	var seen sync.Map
	for i := range nodes {
		running.Go(func() {
			status := p.Filter(t.Context(), state, newPod("p"), nodeInfo(numbered("n", i)))
			status.SetPlugin(Name)
			if _, twice := seen.LoadOrStore(status, i); twice {
				t.Error("two nodes share a status")
			}
			if got := status.Message(); got != broke {
				t.Errorf("the reason is %q", got)
			}
		})
	}
	running.Wait()
	if got := len(p.shared.waiting.list()); got != 1 {
		t.Errorf("%d pods wait", got)
	}
}

// AllocsPerRun is the mean, rounded down: statuses come in chunks. The race
// detector adds nothing here.
func TestFilterAllocatesNothing(t *testing.T) {
	for i, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			f := inSituation(t, i, 1)
			state := f.cycleFor(t, f.plugin)
			if got := testing.AllocsPerRun(5000, func() { f.filter(t, f.plugin, state, s.want) }); got != 0 {
				t.Errorf("%v allocations a node", got)
			}
		})
	}
}

// Preemption tries the pod without its victims, on a copy of the state.
func TestADryRunNotesOnceThatThePodWaits(t *testing.T) {
	Register()
	rejections.Reset()
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 95, "b": 95, "cool": 10}))
	pod, state := newPod("p"), framework.NewCycleState()
	p.PreFilter(t.Context(), state, pod, nil)

	p.Filter(t.Context(), state.Clone(), pod, nodeInfo("cool"))
	wantWaiting(t, p, "after a dry run in which nothing was rejected")
	for _, node := range []string{"a", "b"} {
		if got := p.Filter(t.Context(), state.Clone(), pod, nodeInfo(node)).Code(); got != fwk.UnschedulableAndUnresolvable {
			t.Errorf("preemption may go on: %v", got)
		}
	}
	wantWaiting(t, p, "because the pod may preempt there when the node recovers", waiter{key: key(pod), uid: pod.UID, tried: 1})
	if got, err := testutil.GetCounterMetricValue(rejections.WithLabelValues(pod.Spec.SchedulerName)); got != 1 || err != nil {
		t.Errorf("the attempt counts %v times, %v", got, err)
	}
}

// Every goroutine may be in the plugin at once: cycles, passes, and the evaluator.
func TestEverybodyAtOnce(t *testing.T) {
	c := newCluster(t, memoryRule)
	boards := []*engine.Board{c.board(map[string]float64{"a": 95}), c.board(map[string]float64{"a": 10})}
	p := newPlugin(boards[0])
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			pod := newPod(numbered("p", i))
			for round := range 200 {
				judge(t, p, pod, nodeInfo("a"))
				p.shared.Publish(boards[round%2], nil)
				p.shared.waiting.list()
				if round%3 == 0 {
					p.Reserve(t.Context(), nil, pod, "a")
				}
			}
			p.Reserve(t.Context(), nil, pod, "a")
		})
	}
	running.Wait()
	wantWaiting(t, p, "after all were reserved")
}
