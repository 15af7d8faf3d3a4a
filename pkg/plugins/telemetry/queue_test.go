package telemetry

import (
	"context"
	"sync"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	internalqueue "k8s.io/kubernetes/pkg/scheduler/backend/queue"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/queuesort"
	"k8s.io/kubernetes/pkg/scheduler/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// line is the real scheduling queue with the plugin's hints, and a waker for it.
type line struct {
	*cluster
	t      *testing.T
	plugin *Plugin
	queue  *internalqueue.PriorityQueue
	nodes  map[string]fwk.NodeInfo
}

func newLine(t *testing.T, pods ...*v1.Pod) *line {
	metrics.Register()
	l := &line{cluster: newCluster(t, memoryRule), t: t, plugin: newPlugin(nil), nodes: map[string]fwk.NodeInfo{"a": nodeInfo("a")}}
	objects := []runtime.Object{newNode("a")}
	for _, pod := range pods {
		objects = append(objects, pod)
	}
	factory := informers.NewSharedInformerFactory(fake.NewClientset(objects...), 0)
	core := factory.Core().V1()
	core.Nodes().Informer()
	core.Namespaces().Informer()
	sort := &queuesort.PrioritySort{}
	l.queue = internalqueue.NewTestQueueWithInformerFactory(t.Context(), sort.Less, factory,
		internalqueue.WithMetricsRecorder(metrics.NewMetricsAsyncRecorder(10, 0, t.Context().Done())),
		internalqueue.WithQueueingHintMapPerProfile(internalqueue.QueueingHintMapPerProfile{"telemetry-scheduler": hintMap(t, l.plugin)}))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.plugin.shared.Run(ctx, factory, l.queue) })
	t.Cleanup(func() { stop(); l.queue.Close(); running.Wait() })
	for _, pod := range pods {
		l.queue.Add(ctx, pod)
	}
	return l
}

func hintMap(t *testing.T, p *Plugin) internalqueue.QueueingHintMap {
	events, err := p.EventsToRegister(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := internalqueue.QueueingHintMap{}
	for _, e := range events {
		out[e.Event] = append(out[e.Event], &internalqueue.QueueingHintFunction{
			PluginName: Name, QueueingHintFn: e.QueueingHintFn, PreQueueingHintFn: e.PreQueueingHintFn,
		})
	}
	return out
}

// attempt takes the next pod from the queue and tries it on node a: Reserve, or
// back into the queue.
func (l *line) attempt() (pod *v1.Pod, bound bool) {
	l.t.Helper()
	entity, err := l.queue.Pop(klog.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	info := entity.(*framework.QueuedPodInfo)
	defer l.queue.Done(info.Pod.UID)
	if judge(l.t, l.plugin, info.Pod, l.nodes["a"]).Filter == fwk.Success {
		l.plugin.Reserve(l.t.Context(), nil, info.Pod, "a")
		return info.Pod, true
	}
	info.UnschedulablePlugins.Insert(Name)
	if err := l.queue.AddUnschedulablePodIfNotPresent(klog.Background(), info, l.queue.SchedulingCycle()); err != nil {
		l.t.Fatal(err)
	}
	return info.Pod, false
}

func TestTheSchedulingQueueGivesAWokenPodBack(t *testing.T) {
	l := newLine(t, newPod("p", needing("1Gi")))
	l.plugin.shared.Publish(l.board(map[string]float64{"a": 95}), nil)
	if _, bound := l.attempt(); bound {
		t.Fatal("the node was hot")
	}
	l.plugin.shared.Publish(l.board(map[string]float64{"a": 50}), nil)
	if pod, bound := l.attempt(); !bound { // Pop waits for it
		t.Errorf("%s was woken for nothing", pod.Name)
	}
}

// A pod is not in the queue while it is tried; what comes meanwhile counts too.
func TestARecoveryDuringAnAttemptIsNotMissed(t *testing.T) {
	l := newLine(t, newPod("p", needing("1Gi")))
	l.plugin.shared.Publish(l.board(map[string]float64{"a": 95}), nil)
	entity, err := l.queue.Pop(klog.Background())
	if err != nil {
		t.Fatal(err)
	}
	info := entity.(*framework.QueuedPodInfo)
	judge(t, l.plugin, info.Pod, l.nodes["a"])
	l.plugin.shared.Publish(l.board(map[string]float64{"a": 50}), nil)
	info.UnschedulablePlugins.Insert(Name)
	if err := l.queue.AddUnschedulablePodIfNotPresent(klog.Background(), info, l.queue.SchedulingCycle()); err != nil {
		t.Fatal(err)
	}
	l.queue.Done(info.Pod.UID)
	if _, bound := l.attempt(); !bound {
		t.Error("the pod was woken for nothing")
	}
}

// The queue asks hints with its lock held, and passes call the queue.
func TestTheQueueAndThePluginDoNotLockEachOtherOut(t *testing.T) {
	var pods []*v1.Pod
	for i := range 20 {
		pods = append(pods, newPod(numbered("p", i), needing("1Gi")))
	}
	l := newLine(t, pods...)
	hot, cool := l.board(map[string]float64{"a": 95}), l.board(map[string]float64{"a": 50})
	l.plugin.shared.Publish(hot, nil)
	var running sync.WaitGroup
	done := make(chan struct{})
	running.Go(func() {
		for left := len(pods); left > 0; {
			if _, bound := l.attempt(); bound {
				left--
			}
		}
		close(done)
	})
	running.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			l.plugin.shared.Publish([]*engine.Board{hot, cool}[i%2], nil)
			event := fwk.ClusterEvent{Resource: fwk.Node, ActionType: fwk.Add}
			l.queue.MoveAllToActiveOrBackoffQueue(klog.Background(), event, nil, newNode("new"), nil)
		}
	})
	running.Wait()
	wantWaiting(t, l.plugin, "after all were reserved")
}
