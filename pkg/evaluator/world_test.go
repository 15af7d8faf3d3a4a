package evaluator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// world is an Evaluator under way in a synctest bubble, with a fake API server,
// fake rules and one telemetry source whose values tests set.
type world struct {
	*Evaluator
	t      *testing.T
	client *fake.Clientset
	rules  *fakeRules
	events chan string
	memory *gauge
	began  time.Time

	mu    sync.Mutex
	turns []string
	ticks []time.Duration // since the start
}

// newWorld prepares a world with the given nodes; change may alter its options.
func newWorld(t *testing.T, ruleText string, nodes []*corev1.Node, change ...func(*Options)) *world {
	t.Helper()
	var objects []runtime.Object
	for _, n := range nodes {
		objects = append(objects, n)
	}
	client := fake.NewClientset(objects...)
	countVersions(client)
	factory := informers.NewSharedInformerFactory(client, 0)
	recorder := events.NewFakeRecorder(1000)
	w := &world{t: t, client: client, rules: newFakeRules(t, ruleText), events: recorder.Events, memory: &gauge{}, began: time.Now()}
	opts := Options{
		Sources:  []Source{{Name: "s", Source: w.memory, Interval: 15 * time.Second}},
		Rules:    w.rules,
		Nodes:    factory.Core().V1().Nodes(),
		Pods:     factory.Core().V1().Pods(),
		Recorder: recorder,
		Self:     corev1.ObjectReference{Kind: "Lease", Name: "telemetry-scheduler"},
		State:    newStore(client),
	}
	for _, c := range change {
		c(&opts)
	}
	w.Evaluator = New(opts)
	w.Subscribe(w.note)
	opts.Nodes.Informer()
	opts.Pods.Informer()
	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	return w
}

// start runs the evaluator and waits for its first Board.
func (w *world) start() *world {
	w.run()
	w.pass(200 * time.Millisecond) // caches are polled for their first content
	return w
}

// run runs the evaluator until the test ends.
func (w *world) run() {
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

// lead makes the replica the leader until the returned function is called.
func (w *world) lead() (resign func()) {
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Lead(ctx) }()
	synctest.Wait()
	return func() { stop(); <-done }
}

// countVersions gives ConfigMaps resourceVersions, which the fake does not.
func countVersions(client *fake.Clientset) {
	var version atomic.Int64
	stamp := func(action clienttesting.Action) (bool, runtime.Object, error) {
		object := action.(interface{ GetObject() runtime.Object }).GetObject()
		object.(*corev1.ConfigMap).ResourceVersion = strconv.FormatInt(version.Add(1), 10)
		return false, nil, nil
	}
	client.PrependReactor("create", "configmaps", stamp)
	client.PrependReactor("update", "configmaps", stamp)
}

func newStore(client *fake.Clientset) *state.Store {
	return state.New(state.Options{Client: client, Namespace: "ours", Name: "state", Sections: Sections(), Recorder: events.NewFakeRecorder(100)})
}

func (w *world) note(_ *engine.Board, transitions []engine.Transition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticks = append(w.ticks, time.Since(w.began))
	for _, t := range transitions {
		w.turns = append(w.turns, fmt.Sprintf("%s %s %s-%s", t.Rule, t.Node, t.From, t.To))
	}
}

// pass lets time go by in the bubble.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// wantTurns compares the transitions since the last call.
func (w *world) wantTurns(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.turns)
	if diff := cmp.Diff(want, w.turns); diff != "" {
		w.t.Errorf("transitions (-want +got):\n%s", diff)
	}
	w.turns = nil
}

// takeTicks returns the number of ticks since the last call.
func (w *world) takeTicks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.ticks)
	w.ticks = nil
	return n
}

// takeEvents returns the Events since the last call, cut after their reason.
func (w *world) takeEvents() []string {
	var out []string
	for len(w.events) > 0 {
		words := strings.SplitN(<-w.events, " ", 3)
		out = append(out, words[0]+" "+words[1])
	}
	return out
}

func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.takeEvents()); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
}

func (w *world) isReady() bool {
	select {
	case <-w.Ready():
		return true
	default:
		return false
	}
}

// gauge is a source whose values tests set, in percent of 100 bytes.
type gauge struct {
	mu     sync.Mutex
	values map[string]float64
	err    error
}

func (g *gauge) set(values map[string]float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.values = values
}

func (g *gauge) fail(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = nil
	if text != "" {
		g.err = errors.New(text)
	}
}

func (g *gauge) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}}
	for node, value := range g.values {
		r.Samples[telemetry.Key{Metric: telemetry.UsedMemory, Node: node}] = telemetry.Sample{Value: value, Time: time.Now()}
	}
	return r, g.err
}

// fakeRules is a RuleSource whose set tests replace.
type fakeRules struct {
	t       *testing.T
	mu      sync.Mutex
	set     *rules.RuleSet
	good    []rulesource.GoodText
	changed chan struct{}
	loaded  chan struct{}
}

func newFakeRules(t *testing.T, text string) *fakeRules {
	f := &fakeRules{t: t, changed: make(chan struct{}, 1), loaded: make(chan struct{})}
	f.write(text, rules.Pause{})
	close(f.loaded)
	return f
}

// write puts rules in force, written as "- {name: …}" lines.
func (f *fakeRules) write(text string, pause rules.Pause) {
	f.t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	set := rules.Merge(metrics, nil, pause)
	if text != "" {
		document, mistakes := rules.Parse("f", []byte("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n"+text), rules.Options{Metrics: metrics})
		if len(mistakes) > 0 {
			f.t.Fatal(mistakes)
		}
		set = rules.Merge(metrics, []*rules.Document{document}, pause)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = set
	wake(f.changed)
}

func (f *fakeRules) Set() *rules.RuleSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

func (f *fakeRules) GoodTexts() []rulesource.GoodText { return f.good }
func (f *fakeRules) Changed() <-chan struct{}         { return f.changed }
func (f *fakeRules) Loaded() <-chan struct{}          { return f.loaded }
func (f *fakeRules) Announce(bool)                    {}
func (f *fakeRules) Reference(r *rules.Rule) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ours", Name: "rules", FieldPath: r.Name}
}

// newNode builds an old node with 100 bytes of memory, 4 cores and 10 pods.
func newNode(name string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Hour))},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("100"), corev1.ResourcePods: resource.MustParse("10"),
		}},
	}
}

func newNodes(n int) []*corev1.Node {
	out := make([]*corev1.Node, n)
	for i := range out {
		out[i] = newNode(fmt.Sprintf("n%d", i))
	}
	return out
}
