package telemetry

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// Profiles of the tests: plugins as we ship them, and as they would be without care.
const (
	inOrder    = "plugins: {multiPoint: {enabled: [{name: Telemetry}]}, postFilter: {enabled: [{name: Telemetry}]}}"
	batching   = inOrder + ", pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List}}]"
	outOfOrder = "plugins: {multiPoint: {enabled: [{name: Telemetry}]}}"
)

// arena is the real scheduler with all its plugins and ours, on a client that keeps
// objects in memory.
type arena struct {
	*cluster
	t      testing.TB
	client *fake.Clientset
	shared *Shared
	events *events.FakeRecorder
	// told are the Events so far.
	told []string
}

// newArena starts the scheduler with one profile. Nodes are those of
// the first Board.
func newArena(t testing.TB, profile, list string, used map[string]float64, objects ...runtime.Object) *arena {
	metrics.Register()
	Register()
	a := &arena{cluster: newCluster(t, list), t: t, shared: NewShared(Options{SourceTypes: args.Types()}), events: events.NewFakeRecorder(100_000)}
	for name := range used {
		objects = append(objects, newNode(name))
	}
	objects = append(objects, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
	a.client = fake.NewClientset(objects...)
	a.client.PrependReactor("create", "pods", a.bind)
	a.publish(used)
	a.run(profile)
	return a
}

// bind does what the API server does with a binding.
func (a *arena) bind(action clienttesting.Action) (bool, runtime.Object, error) {
	if action.GetSubresource() != "binding" {
		return false, nil, nil
	}
	binding := action.(clienttesting.CreateAction).GetObject().(*v1.Binding)
	pods := v1.SchemeGroupVersion.WithResource("pods")
	found, err := a.client.Tracker().Get(pods, action.GetNamespace(), binding.Name)
	if err != nil {
		return true, nil, err
	}
	pod := found.(*v1.Pod).DeepCopy()
	pod.Spec.NodeName = binding.Target.Name
	return true, binding, a.client.Tracker().Update(pods, pod, pod.Namespace)
}

// publish hands out the next Board.
func (a *arena) publish(used map[string]float64) { a.shared.Publish(a.board(used), nil) }

func (a *arena) run(profile string) {
	a.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	factory := informers.NewSharedInformerFactory(a.client, 0)
	sched, err := scheduler.New(ctx, a.client, factory, nil, func(string) events.EventRecorderLogger { return a.events },
		scheduler.WithProfiles(profiles(a.t, profile)...),
		scheduler.WithPercentageOfNodesToScore(new(int32(5))),
		scheduler.WithFrameworkOutOfTreeRegistry(frameworkruntime.Registry{Name: a.shared.Factory()}))
	if err != nil {
		a.t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	if err := sched.WaitForHandlersSync(ctx); err != nil {
		a.t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { sched.Run(ctx) })
	running.Go(func() { a.shared.Run(ctx, factory, sched.SchedulingQueue) })
	a.t.Cleanup(func() { stop(); running.Wait() })
}

func profiles(t testing.TB, profile string) []config.KubeSchedulerProfile {
	t.Helper()
	text := "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" +
		"profiles:\n- {schedulerName: telemetry-scheduler, " + profile + "}\n"
	object, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return object.(*config.KubeSchedulerConfiguration).Profiles
}

func (a *arena) add(pods ...*v1.Pod) {
	a.t.Helper()
	for _, pod := range pods {
		if _, err := a.client.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{}); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a *arena) nodeOf(pod *v1.Pod) string {
	found, err := a.client.CoreV1().Pods(pod.Namespace).Get(context.Background(), pod.Name, metav1.GetOptions{})
	if err != nil {
		return err.Error()
	}
	return found.Spec.NodeName
}

// within bounds each wait.
const within = time.Minute

// bound waits until pods have a node, and returns it.
func (a *arena) bound(pods ...*v1.Pod) map[string]int {
	a.t.Helper()
	out := map[string]int{}
	for _, pod := range pods {
		a.eventually("pod "+pod.Name+" is bound", func() bool { return a.nodeOf(pod) != "" })
		out[a.nodeOf(pod)]++
	}
	return out
}

// hears waits for an Event that has all parts.
func (a *arena) hears(parts ...string) string {
	a.t.Helper()
	var heard string
	a.eventually(fmt.Sprintf("an Event says %q", parts), func() bool {
		heard = a.heard(parts...)
		return heard != ""
	})
	return heard
}

func (a *arena) heard(parts ...string) string {
	for {
		select {
		case e := <-a.events.Events:
			a.told = append(a.told, e)
			continue
		default:
		}
		break
	}
events:
	for _, e := range a.told {
		for _, part := range parts {
			if !strings.Contains(e, part) {
				continue events
			}
		}
		return e
	}
	return ""
}

func (a *arena) eventually(what string, is func() bool) {
	a.t.Helper()
	err := wait.PollUntilContextTimeout(context.Background(), time.Millisecond, within, true, func(context.Context) (bool, error) { return is(), nil })
	if err != nil {
		a.heard("nothing")
		a.t.Fatalf("never: %s; the Events are\n%s", what, strings.Join(a.told, "\n"))
	}
}

// wantNoVictims fails where a pod was deleted or evicted.
func (a *arena) wantNoVictims() {
	a.t.Helper()
	for _, action := range a.client.Actions() {
		if verb := action.GetVerb(); action.GetResource().Resource == "pods" && (strings.HasPrefix(verb, "delete") || action.GetSubresource() == "eviction") {
			a.t.Errorf("a pod was preempted: %v", action)
		}
	}
}
