package home

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const memoryRule = "- {name: memory-above-90, when: {metric: memory, above: 90%}, actions: {block: {}}}"

// town is a real scheduler with all its plugins and ours, which knows a cluster and places
// nothing, and a Prover beside it.
type town struct {
	t      testing.TB
	sched  *scheduler.Scheduler
	shared *telemetry.Shared
	prover *Prover
	// watched and asked are the API servers that informers read, and that the scheduler asks.
	watched, asked *fake.Clientset
}

// newTown has nodes of 100 GiB and 10 cores that use so many percent of their memory; no
// Board where used is nil.
func newTown(t testing.TB, used map[string]float64, objects ...runtime.Object) *town {
	t.Helper()
	metrics.Register()
	w := &town{t: t, shared: telemetry.NewShared(telemetry.Options{SourceTypes: args.Types()})}
	named := map[string]bool{}
	for _, o := range objects {
		if node, ok := o.(*v1.Node); ok {
			named[node.Name] = true
		}
	}
	for name := range used {
		if !named[name] {
			objects = append(objects, newNode(name))
		}
	}
	objects = append(objects, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
	w.start(objects)
	if used != nil {
		w.shared.Publish(board(t, used), nil)
	}
	return w
}

func (w *town) start(objects []runtime.Object) {
	w.t.Helper()
	ctx := w.t.Context()
	w.watched, w.asked = fake.NewClientset(objects...), fake.NewClientset()
	factory := informers.NewSharedInformerFactory(w.watched, 0)
	profiles := profiles(w.t)
	sched, err := scheduler.New(ctx, w.asked, factory, nil,
		func(string) events.EventRecorderLogger { return events.NewFakeRecorder(1000) },
		scheduler.WithProfiles(profiles...),
		scheduler.WithFrameworkOutOfTreeRegistry(frameworkruntime.Registry{telemetry.Name: w.shared.Factory()}))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sched = sched
	if w.prover, err = New(ctx, Options{Scheduler: sched, Profiles: profiles, Shared: w.shared}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.shared.Follow(factory); err != nil {
		w.t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	if err := sched.WaitForHandlersSync(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func profiles(t testing.TB) []config.KubeSchedulerProfile {
	t.Helper()
	text := "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n" +
		"- {schedulerName: plain}\n" +
		"- {schedulerName: telemetry-scheduler, plugins: {multiPoint: {enabled: [{name: Telemetry}]}, postFilter: {enabled: [{name: Telemetry}]}}}\n"
	object, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return object.(*config.KubeSchedulerConfiguration).Profiles
}

// ask proves with all nodes suiting, those of more room first by the name.
func (w *town) ask(victim *v1.Pod, after ...Move) Answer {
	w.t.Helper()
	return w.askOf(victim, everywhere, after...)
}

// everywhere has all nodes suit.
func everywhere(string, engine.Amounts, engine.Amounts) (float64, bool, string) { return 0, true, "" }

func (w *town) askOf(victim *v1.Pod, suits func(string, engine.Amounts, engine.Amounts) (float64, bool, string), after ...Move) Answer {
	w.t.Helper()
	answer, err := w.prover.Look().Prove(w.t.Context(), Question{Victim: victim, Replacement: Replacement(victim, nil), Suits: suits}, after)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

// board judges the nodes by the share of memory in use.
func board(t testing.TB, used map[string]float64) *engine.Board {
	t.Helper()
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\nrules:\n" + memoryRule
	builtins := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("test", []byte(text), rules.Options{Metrics: builtins})
	if document == nil {
		t.Fatal(mistakes)
	}
	var nodes []engine.Node
	size := engine.Amounts{CPU: 10, Memory: 100 << 30, Pods: 110}
	for name := range used {
		nodes = append(nodes, engine.Node{Name: name, Created: noon.Add(-time.Hour), Allocatable: size, Capacity: size})
	}
	set := rules.Merge(builtins, []*rules.Document{document}, rules.Pause{})
	made, _ := engine.New(engine.Options{}, nil).Advance(noon, set, nodes, percent(used))
	return made
}

type percent map[string]float64

func (p percent) Sample(_, node string) (float64, time.Time, string) { return p[node], noon, "" }

func (percent) Window(string, string) time.Duration { return 0 }

func newNode(name string, change ...func(*v1.Node)) *v1.Node {
	node := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour)), Labels: map[string]string{v1.LabelHostname: name}},
		Status: v1.NodeStatus{
			Allocatable: v1.ResourceList{
				v1.ResourceCPU: resource.MustParse("10"), v1.ResourceMemory: resource.MustParse("100Gi"), v1.ResourcePods: resource.MustParse("110"),
			},
			Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue}},
		},
	}
	for _, c := range change {
		c(node)
	}
	return node
}

// newPod has an owner of its own name and needs so much memory.
func newPod(name, node, memory string, change ...func(*v1.Pod)) *v1.Pod {
	yes := true
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "default", UID: types.UID("uid-" + name), CreationTimestamp: metav1.NewTime(noon),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: name, UID: types.UID("owner-" + name), Controller: &yes}},
		},
		Spec: v1.PodSpec{NodeName: node, SchedulerName: "telemetry-scheduler", Containers: []v1.Container{{
			Name: "main", Image: "image",
			Resources: v1.ResourceRequirements{Requests: v1.ResourceList{v1.ResourceMemory: resource.MustParse(memory), v1.ResourceCPU: resource.MustParse("100m")}},
		}}},
	}
	if node != "" {
		pod.Status.Phase = v1.PodRunning
	}
	for _, c := range change {
		c(pod)
	}
	return pod
}

func withPriority(p int32) func(*v1.Pod) { return func(pod *v1.Pod) { pod.Spec.Priority = &p } }
