package telemetry

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// queue stands for the scheduling queue: it notes whom it was told to activate.
type queue struct {
	mu    sync.Mutex
	woken []string
}

func (q *queue) Activate(_ klog.Logger, pods map[string]*v1.Pod) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.woken = append(q.woken, slices.Sorted(maps.Keys(pods))...)
}

func (q *queue) take() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.woken
	q.woken = nil
	return out
}

// watch runs a Shared with the given nodes and pods in a synctest bubble.
type watch struct {
	*cluster
	shared  *Shared
	plugin  *Plugin
	queue   *queue
	client  kubernetes.Interface
	factory informers.SharedInformerFactory
}

func newWatch(t *testing.T, objects ...runtime.Object) *watch {
	w := &watch{cluster: newCluster(t, memoryRule), queue: &queue{}}
	w.plugin = newPlugin(nil)
	w.shared = w.plugin.shared
	w.client = fake.NewClientset(objects...)
	w.factory = informers.NewSharedInformerFactory(w.client, 0)
	core := w.factory.Core().V1()
	core.Pods().Informer()
	core.Nodes().Informer()
	core.Namespaces().Informer()
	w.factory.Start(t.Context().Done())
	t.Cleanup(w.factory.Shutdown)
	w.factory.WaitForCacheSync(t.Context().Done())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.shared.Run(ctx, w.factory, w.queue) })
	t.Cleanup(func() { stop(); running.Wait() })
	return w
}

// publish makes the next Board known and lets everybody react. What came before is
// measured by then.
func (w *watch) publish(used map[string]float64) {
	w.shared.ledger.Take(w.now, 0)
	w.shared.Publish(w.board(used), nil)
	synctest.Wait()
}

func wantWoken(t *testing.T, q *queue, when string, want ...string) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, q.take()); diff != "" {
		t.Errorf("activated %s (-want +got):\n%s", when, diff)
	}
}

func TestRecoveryWakesAndReserveEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newPod("first", needing("15Gi"), aged(time.Hour)), newPod("second", needing("15Gi"))
		w := newWatch(t, newNode("a"), first, second)
		w.publish(map[string]float64{"a": 97})
		judge(t, w.plugin, first, nodeInfo("a"))
		judge(t, w.plugin, second, nodeInfo("a"))
		wantWoken(t, w.queue, "while the node is hot")

		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "at once", "default/first")
		time.Sleep(firstRepeat)
		wantWoken(t, w.queue, "again, in case the pod was in flight", "default/first")
		w.plugin.Reserve(t.Context(), nil, first, "a")
		time.Sleep(time.Minute)
		wantWoken(t, w.queue, "after Reserve, for room that is taken")
	})
}

func TestRepeatsComeEverLaterAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p")
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 97})
		judge(t, w.plugin, pod, nodeInfo("a"))
		w.publish(map[string]float64{"a": 70})
		time.Sleep(time.Hour)
		if got := len(w.queue.take()); got != 7 {
			t.Errorf("a pod that never moves was activated %d times", got)
		}
	})
}

func TestAPodRejectedByAnOldBoardIsLookedAtAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p")
		w := newWatch(t, newNode("a"), pod)
		hot := w.board(map[string]float64{"a": 97})
		w.shared.Publish(hot, nil)
		synctest.Wait()
		w.publish(map[string]float64{"a": 70})
		w.shared.wait(pod, &cycle{board: hot, need: needOf(pod)}, 0) // its cycle began before the recovery
		wantWoken(t, w.queue, "without another Board", "default/p")
	})
}

func TestPodsThatAreGoneStopWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deleted, bound, again := newPod("deleted"), newPod("bound"), newPod("again")
		remade := newPod("again", func(p *v1.Pod) { p.UID = "another" })
		w := newWatch(t, newNode("a"), newPod("bound", onNode("a")), remade)
		w.publish(map[string]float64{"a": 97})
		for _, pod := range []*v1.Pod{deleted, bound, again} {
			judge(t, w.plugin, pod, nodeInfo("a"))
		}
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "for pods that are gone")
		wantWaiting(t, w.plugin, "after the next Board")
	})
}

// Six pods fit one at a time, and other plugins refuse five of them.
func TestRoomThatNobodyUsesGoesOnQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var objects []runtime.Object
		pods := map[string]*v1.Pod{}
		for _, pod := range crowd(6, "15Gi") {
			objects, pods["default/"+pod.Name] = append(objects, pod), pod
		}
		w := newWatch(t, append(objects, newNode("a"))...)
		w.publish(map[string]float64{"a": 97})
		for _, pod := range pods {
			judge(t, w.plugin, pod, nodeInfo("a"))
		}
		w.publish(map[string]float64{"a": 70})
		began := time.Now()
		for i := range 5 {
			first := "default/" + numbered("p", i)
			wantWoken(t, w.queue, "first", first)
			judge(t, w.plugin, pods[first], nodeInfo("a")) // telemetry agrees
			if _, status := w.plugin.PostFilter(t.Context(), framework.NewCycleState(), pods[first], nil); status.Code() != fwk.Unschedulable {
				t.Errorf("PostFilter says %v", status)
			}
			time.Sleep(firstRepeat)
		}
		wantWoken(t, w.queue, "last", "default/p0005")
		if took := time.Since(began); took > time.Second {
			t.Errorf("the last pod waited for %v", took)
		}
	})
}

func TestAPodWakesWhenRequestsLeaveAYoungNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod, there := newPod("p", needing("5Gi")), newPod("there", needing("88Gi"), onNode("a"))
		young := newNode("a", func(n *v1.Node) { n.CreationTimestamp = metav1.NewTime(noon) })
		w := newWatch(t, young, pod, there)
		w.created, w.silent = noon, true
		if err := w.shared.admit("profile", &args.Args{NewNodeGrace: 3 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		w.publish(map[string]float64{"a": 0})
		judge(t, w.plugin, pod, nodeInfo("a", there))
		w.publish(map[string]float64{"a": 0})
		wantWoken(t, w.queue, "while requests fill the node")
		if err := w.client.CoreV1().Pods("default").Delete(t.Context(), "there", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.publish(map[string]float64{"a": 0})
		wantWoken(t, w.queue, "when they are gone", "default/p")
	})
}

// TestASlowAttemptKeepsItsRoom lets an extender think for longer than the time
// between two passes.
func TestASlowAttemptKeepsItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newPod("first", needing("15Gi"), aged(time.Hour)), newPod("second", needing("15Gi"))
		w := newWatch(t, newNode("a"), first, second)
		w.publish(map[string]float64{"a": 97})
		judge(t, w.plugin, first, nodeInfo("a"))
		judge(t, w.plugin, second, nodeInfo("a"))
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "after the recovery", "default/first")
		judge(t, w.plugin, first, nodeInfo("a"))
		time.Sleep(attemptTime - time.Millisecond)
		w.plugin.Reserve(t.Context(), nil, first, "a")
		if got := w.queue.take(); slices.Contains(got, "default/second") {
			t.Errorf("the room of a pod that was being placed went to another: %v", got)
		}
	})
}

// TestManyPodsThatOthersRefuseKeepNobodyFromTheRoom: a plugin before ours refuses
// them, so that only PostFilter tells of their attempts.
func TestManyPodsThatOthersRefuseKeepNobodyFromTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pods, objects := map[string]*v1.Pod{}, []runtime.Object{newNode("a")}
		for _, pod := range crowd(10, "15Gi") {
			pods["default/"+pod.Name] = pod
			objects = append(objects, pod)
		}
		w := newWatch(t, objects...)
		w.publish(map[string]float64{"a": 97})
		for _, pod := range pods {
			judge(t, w.plugin, pod, nodeInfo("a"))
		}
		w.publish(map[string]float64{"a": 70})
		attempts := 0
		for began := time.Now(); ; time.Sleep(firstRepeat / 10) {
			if time.Since(began) > 5*time.Second {
				t.Fatalf("the last pod was not woken within a Board; %d attempts", attempts)
			}
			for _, name := range w.queue.take() {
				if name == "default/p0009" {
					return
				}
				attempts++
				w.plugin.PostFilter(t.Context(), framework.NewCycleState(), pods[name], nil)
			}
		}
	})
}

// TestATrialOfAGroupEndsNoWaiting: Reserve is called while kube-scheduler looks for a
// place for a whole group, and may be taken back without the pod being placed.
func TestATrialOfAGroupEndsNoWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p")
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 97})
		judge(t, w.plugin, pod, nodeInfo("a"))
		trial := framework.NewCycleState()
		trial.SetPodGroupSchedulingCycle(framework.NewCycleState())
		w.plugin.Reserve(t.Context(), trial, pod, "a")
		wantWaiting(t, w.plugin, "after a trial", waiter{key: key(pod), uid: pod.UID, tried: w.shared.board().Version})
		w.plugin.Reserve(t.Context(), framework.NewCycleState(), pod, "a")
		wantWaiting(t, w.plugin, "after it was placed")
	})
}

// TestWhoCameBeforeMisleadsNobody lets a pod be woken and bound, the node become hot
// while nobody waits, and a like pod wait for it.
func TestWhoCameBeforeMisleadsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newPod("first", needing("1Gi")), newPod("second", needing("1Gi"))
		w := newWatch(t, newNode("a"), first, second)
		w.publish(map[string]float64{"a": 97})
		judge(t, w.plugin, first, nodeInfo("a"))
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "the first after a recovery", "default/first")
		w.plugin.Reserve(t.Context(), nil, first, "a")
		time.Sleep(time.Minute)
		w.queue.take()
		w.publish(map[string]float64{"a": 97})
		time.Sleep(time.Second)
		judge(t, w.plugin, second, nodeInfo("a"))
		time.Sleep(time.Second)
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "the second after the next recovery", "default/second")
	})
}
