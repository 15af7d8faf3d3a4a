package evaluator

import (
	"context"
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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
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
	log    klog.Logger

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
	w := &world{t: t, client: client, rules: newFakeRules(t, ruleText), events: recorder.Events, memory: &gauge{}, began: time.Now(), log: newLog(t)}
	opts := Options{
		Sources:  []Source{{Name: "s", Source: w.memory, Interval: 15 * time.Second}},
		Rules:    w.rules,
		Nodes:    factory.Core().V1().Nodes(),
		Pods:     factory.Core().V1().Pods(),
		Recorder: recorder,
		Self:     corev1.ObjectReference{Kind: "Lease", Namespace: "ours", Name: "telemetry-scheduler"},
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
	ctx, stop := context.WithCancel(klog.NewContext(w.t.Context(), w.log))
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

// countVersions gives ConfigMaps resourceVersions and refuses updates that carry
// an old one, which the fake does not.
func countVersions(client *fake.Clientset) {
	var version atomic.Int64
	stamp := func(action clienttesting.Action) (bool, runtime.Object, error) {
		cm := action.(interface{ GetObject() runtime.Object }).GetObject().(*corev1.ConfigMap)
		now, err := client.Tracker().Get(corev1.SchemeGroupVersion.WithResource("configmaps"), cm.Namespace, cm.Name)
		if err == nil && now.(*corev1.ConfigMap).ResourceVersion != cm.ResourceVersion {
			return true, nil, apierrors.NewConflict(corev1.Resource("configmaps"), cm.Name, nil)
		}
		cm.ResourceVersion = strconv.FormatInt(version.Add(1), 10)
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

// told is one Event: its type and reason, and its text.
type told struct{ head, text string }

// takeEvents returns the Events since the last call.
func (w *world) takeEvents() []told {
	var out []told
	for len(w.events) > 0 {
		words := strings.SplitN(<-w.events, " ", 3)
		out = append(out, told{words[0] + " " + words[1], words[2]})
	}
	return out
}

// wantEvents compares types and reasons of the Events since the last call.
func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	var got []string
	for _, v := range w.takeEvents() {
		got = append(got, v.head)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// newLog takes what is written at the default verbosity.
func newLog(t *testing.T) klog.Logger { return newLogAt(t, 0) }

func newLogAt(t *testing.T, verbosity int) klog.Logger {
	return ktesting.NewLogger(t, ktesting.NewConfig(ktesting.Verbosity(verbosity), ktesting.BufferLogs(true)))
}

// logged counts the lines since the start by their message.
func (w *world) logged() map[string]int {
	out := map[string]int{}
	for _, line := range w.log.GetSink().(ktesting.Underlier).GetBuffer().Data() {
		out[line.Message]++
	}
	return out
}

// lines are those of the log with a message, with their values.
func (w *world) lines(message string) (out []string) {
	for _, line := range w.log.GetSink().(ktesting.Underlier).GetBuffer().Data() {
		if line.Message == message {
			text := message
			for i := 0; i+1 < len(line.ParameterKVList); i += 2 {
				text += fmt.Sprintf(" %v=%v", line.ParameterKVList[i], line.ParameterKVList[i+1])
			}
			out = append(out, text)
		}
	}
	return out
}

// keepsOff reports whether a rule keeps pods off a node now.
func (w *world) keepsOff(node string) bool {
	board := w.Board()
	_, blocked := board.View(board.Govern(engine.PodFacts{Namespace: "n"})).Node(node).Blocked()
	return blocked
}

// explain returns what a rule of the cluster says about a node.
func (w *world) explain(rule, node string) string {
	v, found := w.Board().Explain(rules.Key{Name: rule}, node)
	if !found {
		w.t.Fatalf("the Board knows no rule %s or node %s", rule, node)
	}
	return v.Sentence
}

func (w *world) isReady() bool {
	select {
	case <-w.Ready():
		return true
	default:
		return false
	}
}

func createNode(t *testing.T, w *world, n *corev1.Node) {
	t.Helper()
	if _, err := w.client.CoreV1().Nodes().Create(t.Context(), n, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}
