package descheduler

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const gib = 1 << 30

// tickEvery is the time between two Boards, and two samples.
const tickEvery = 5 * time.Second

// town is a cluster of nodes with 100 GiB each, on virtual time. Everything around the
// loop is there but kube-scheduler; it has a Board every 5 s.
type town struct {
	t        *testing.T
	client   *fake.Clientset
	pods     corelisters.PodLister
	nodes    corelisters.NodeLister
	ownerOf  map[types.UID]inflight.Owner
	uses     map[types.UID]float64 // GiB
	engine   *engine.Engine
	set      *rules.RuleSet
	eviction args.Eviction
	options  Options
	store    *store
	calls    *callbook
	events   chan string
	seen     []string
	holds    hold.Holds
	// used is the memory in use by node, in percent; a node without is silent.
	used map[string]float64
	// window is the time that samples average over.
	window time.Duration
	// lost is what a leader hears of the stored state.
	lost error
	// last is the newest Board.
	last *engine.Board
	// looks and proofs count what was asked of the Prover.
	looks, proofs int
	// log is where the leader writes.
	log klog.Logger
	// tracer makes its spans; none where it is nil.
	tracer trace.Tracer

	*Descheduler
	end func()
}

// newTown has an operator who enforces, a rule on memory above 90 % that relieves after a
// minute, and an owner each of pods a and b on the node hot, which use 12 and 20 GiB.
func newTown(t *testing.T, change ...func(*town)) *town {
	w := &town{t: t, used: map[string]float64{"hot": 95, "cool": 40}, uses: map[types.UID]float64{}, ownerOf: map[types.UID]inflight.Owner{}}
	w.log = ktesting.NewLogger(t, ktesting.NewConfig(ktesting.Verbosity(2), ktesting.BufferLogs(true)))
	w.client = fake.NewClientset(&v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, newNode("hot"), newNode("cool"))
	w.eviction = args.Eviction{
		PerHour: rules.PerHour{Node: 20, Owner: 20, Namespace: 20, Total: 20}, Concurrent: args.Concurrent{Node: 1, Total: 3},
		Cooldown: 30 * time.Minute, MinReplicas: 2, HoldFor: 5 * time.Minute, Breaker: args.Breaker{FiringPercent: 20, UnknownPercent: 30, AtLeast: 3},
	}
	w.store, w.calls = &store{}, &callbook{town: w, replaces: true}
	w.set = rulesWith(t, &rules.Evict{Goal: rules.Relieve, After: time.Minute})
	w.engine = engine.New(engine.Options{}, &engine.State{})
	w.addPod("a", "hot", 12)
	w.addPod("b", "hot", 20)
	for _, c := range change {
		c(w)
	}
	w.watch()
	w.lead(nil)
	return w
}

func (w *town) watch() {
	factory := informers.NewSharedInformerFactory(w.client, 0)
	core, apps := factory.Core().V1(), factory.Apps().V1()
	recorder := events.NewFakeRecorder(10_000)
	w.events, w.pods, w.nodes = recorder.Events, core.Pods().Lister(), core.Nodes().Lister()
	w.options = Options{
		Eviction: &w.eviction, Prover: w, Watching: w.client, Calls: w.calls, Holds: &w.holds, Store: w.store, Recorder: recorder, Pods: w.pods, Nodes: w.nodes,
		Tracer: w.tracer,
		Place:  func(rules.Origin, string) *v1.ObjectReference { return nil },
		Cluster: facts.Cluster{
			Namespaces: core.Namespaces().Lister(), Controllers: core.ReplicationControllers().Lister(), ReplicaSets: apps.ReplicaSets().Lister(),
			StatefulSets: apps.StatefulSets().Lister(), Budgets: factory.Policy().V1().PodDisruptionBudgets().Lister(),
			Facts: func(pod *v1.Pod) engine.PodFacts { return engine.PodFacts{Namespace: pod.Namespace} },
			Owner: func(pod *v1.Pod) inflight.Owner { return w.ownerOf[pod.UID] },
			Ours:  func(string) bool { return true },
			Use: func(uid types.UID) (telemetry.PodUse, bool) {
				use, found := w.uses[uid]
				return telemetry.PodUse{CPU: 0.1, Memory: use * gib, Time: time.Now()}, found
			},
		},
	}
	factory.Start(w.t.Context().Done())
	factory.WaitForCacheSync(w.t.Context().Done())
}

// lead lets a new leader begin with what an earlier one stored.
func (w *town) lead(stored map[string]json.RawMessage) {
	ctx, cancel := context.WithCancel(klog.NewContext(w.t.Context(), w.log))
	done := make(chan struct{})
	w.Descheduler = New(w.options)
	w.end = func() { cancel(); <-done }
	if w.last == nil {
		w.last, _ = engine.New(engine.Options{}, &engine.State{}).Advance(time.Now(), w.set, nil, w)
	}
	w.Begin(ctx, w.last, stored, w.lost)
	go func() { defer close(done); w.Run(ctx) }()
}

// restart ends the leader and begins another, in another process.
func (w *town) restart() {
	w.end()
	w.holds.Expire(time.Now().Add(24 * time.Hour))
	w.lead(w.store.content())
}

// board judges the nodes as they are.
func (w *town) board() *engine.Board {
	size := engine.Amounts{CPU: 10, Memory: 100 * gib, Pods: 110}
	var nodes []engine.Node
	all, _ := w.nodes.List(labels.Everything())
	for _, n := range all {
		nodes = append(nodes, engine.Node{Name: n.Name, Created: n.CreationTimestamp.Time, Allocatable: size, Capacity: size})
	}
	made, _ := w.engine.Advance(time.Now(), w.set, nodes, w)
	return made
}

// tick lets 5 s pass, and a Board come.
func (w *town) tick() {
	time.Sleep(tickEvery) // the clock of the synctest bubble
	w.last = w.board()
	w.Publish(w.last, nil)
	synctest.Wait()
}

// during lets Boards come for some time.
func (w *town) during(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		w.tick()
	}
}

// Sample implements engine.Samples.
func (w *town) Sample(_, node string) (float64, time.Time, string) {
	if used, known := w.used[node]; known {
		return used, time.Now(), ""
	}
	return 0, time.Time{}, "nobody measured it"
}

func (w *town) Window(string, string) time.Duration { return w.window }

// Look implements Prover. What it sees is judged by the newest Board.
func (w *town) Look() Sight {
	w.looks++
	return &sight{w, w.newest.Load()}
}

func (w *town) Need(pod *v1.Pod, _ *engine.Board) inflight.Units {
	return inflight.Units{Bytes: pod.Spec.Containers[0].Resources.Requests.Memory().Value(), Pods: 1}
}

type sight struct {
	*town
	made *engine.Board
}

func (s *sight) Board() *engine.Board { return s.made }

func (s *sight) Node(name string) (*v1.Node, []*v1.Pod) {
	node, err := s.nodes.Get(name)
	if err != nil {
		return nil, nil
	}
	all, _ := s.pods.List(labels.Everything())
	return node, slices.DeleteFunc(all, func(pod *v1.Pod) bool { return pod.Spec.NodeName != name })
}

// Prove takes the node that suits with most room.
func (s *sight) Prove(_ context.Context, q home.Question, after []home.Move) (out home.Answer, err error) {
	s.proofs++
	need, most, names := s.Need(q.Replacement, s.made), 0.0, s.made.Names()
	for _, name := range names {
		var beside engine.Amounts
		for i := range after {
			if after[i].Node == name {
				beside = beside.Plus(after[i].Use.Amounts())
			}
		}
		room, ok, why := q.Suits(name, need.Amounts(), beside)
		if name == q.Victim.Spec.NodeName {
			continue
		}
		if !ok {
			out.Why = "1 " + why
		} else if !out.Found || room > most {
			most, out = room, home.Answer{Found: true, Move: home.Move{Victim: q.Victim, Replacement: q.Replacement, Node: name, Use: need}}
		}
	}
	return out, nil
}

// callbook notes what is asked of the API server, and answers.
type callbook struct {
	*town
	// lost is what the lease says, and answers what evictions are answered, the last again
	// and again; none is yes.
	lost    error
	answers []error
	// replaces is set where a controller and a scheduler make a new pod at once.
	replaces bool
	// lingers is set where pods terminate for ever.
	lingers bool
	// asked are the pods of which the eviction was asked, with the second.
	asked []string
}

func (c *callbook) Leads(context.Context) (time.Time, error) {
	return time.Now().Add(10 * time.Second), c.lost
}

func (c *callbook) Evict(ctx context.Context, pod *v1.Pod) error {
	c.asked = append(c.asked, pod.Name)
	if n := len(c.answers); n > 0 {
		answer := c.answers[0]
		if n > 1 {
			c.answers = c.answers[1:]
		}
		if answer != nil {
			return answer
		}
	}
	if c.lingers {
		going := pod.DeepCopy()
		going.DeletionTimestamp = new(metav1.Now())
		_, err := c.client.CoreV1().Pods(pod.Namespace).Update(ctx, going, metav1.UpdateOptions{})
		return err
	}
	c.leave(pod)
	if c.replaces {
		c.come(pod, c.rooms[string(pod.UID)].Node)
	}
	return nil
}

// leave removes a pod.
func (w *town) leave(pod *v1.Pod) {
	if err := w.client.CoreV1().Pods(pod.Namespace).Delete(context.Background(), pod.Name, metav1.DeleteOptions{}); err != nil {
		w.t.Error(err)
	}
}

// come makes the pod that comes in place of another.
func (w *town) come(victim *v1.Pod, node string) {
	pod := victim.DeepCopy()
	pod.Name, pod.UID, pod.Spec.NodeName = victim.Name+"-next", victim.UID+"-next", node
	pod.ResourceVersion, pod.CreationTimestamp = "", metav1.Now()
	w.ownerOf[pod.UID], w.uses[pod.UID] = w.ownerOf[victim.UID], w.uses[victim.UID]
	if _, err := w.client.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{}); err != nil {
		w.t.Error(err)
	}
}

// store notes what is stored.
type store struct {
	mu      sync.Mutex
	entries []state.Entry
	puts    int
	// fails is what Sync answers, and blocks what it waits for.
	fails  error
	blocks chan struct{}
	// written are the entries at the last Sync that was answered.
	written []state.Entry
}

func (s *store) Put(_ string, entries []state.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = entries
	s.puts++
}

func (s *store) Sync(ctx context.Context, _ string) error {
	if s.blocks != nil {
		select {
		case <-s.blocks:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = s.entries
	return s.fails
}

func (s *store) content() map[string]json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]json.RawMessage{}
	for _, e := range s.entries {
		out[e.Key] = e.Value
	}
	return out
}

// add puts objects into the cluster before anybody watches.
func (w *town) add(objects ...runtime.Object) {
	for _, o := range objects {
		if err := w.client.Tracker().Add(o); err != nil {
			w.t.Fatal(err)
		}
	}
}

// addPod puts a pod of a Deployment of its name onto a node, which uses and requests so
// many GiB.
func (w *town) addPod(name, node string, use float64) {
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("owner-" + name)},
		Spec:       appsv1.DeploymentSpec{Replicas: new(int32(2))},
		Status:     appsv1.DeploymentStatus{Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
	}
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("set-" + name), OwnerReferences: []metav1.OwnerReference{
		{APIVersion: "apps/v1", Kind: "Deployment", Name: name, UID: deployment.UID, Controller: new(true)}}}}
	w.add(deployment, set, w.newPod(name, name, node, use))
}

func (w *town) newPod(name, owner, node string, use float64) *v1.Pod {
	uid := types.UID("uid-" + name)
	w.uses[uid], w.ownerOf[uid] = use, inflight.Owner("owner-"+owner)
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: uid, CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Hour)), OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: owner, UID: types.UID("set-" + owner), Controller: new(true)}}},
		Spec: v1.PodSpec{NodeName: node, RestartPolicy: v1.RestartPolicyAlways, Containers: []v1.Container{{Name: "main", Resources: v1.ResourceRequirements{
			Requests: v1.ResourceList{v1.ResourceMemory: resource.MustParse(fmt.Sprintf("%.0fGi", use))}}}}},
		Status: v1.PodStatus{Phase: v1.PodRunning},
	}
}

func newNode(name string) *v1.Node {
	return &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("node-" + name), CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Hour))},
		Status:     v1.NodeStatus{Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue}}},
	}
}

// rulesWith has one rule, which evicts as is said; without, none does.
func rulesWith(t *testing.T, evict *rules.Evict) *rules.RuleSet {
	t.Helper()
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\nrules:\n- {name: memory-above-90, when: {metric: memory, above: 90%, clear: 85%}, actions: {block: {}}}\n"
	builtins := rules.Builtins(tickEvery, time.Minute)
	document, mistakes := rules.Parse("ours/rules/a.yaml", []byte(text), rules.Options{Metrics: builtins})
	if document == nil {
		t.Fatal(mistakes)
	}
	document.Rules[0].Evict = evict
	return rules.Merge(builtins, []*rules.Document{document}, rules.Pause{})
}

// told returns the Events so far that contain a word.
func (w *town) told(word string) (out []string) {
	for len(w.events) > 0 {
		w.seen = append(w.seen, <-w.events)
	}
	for _, e := range w.seen {
		if strings.Contains(e, word) {
			out = append(out, e)
		}
	}
	return out
}

// reasons are those of the newest Report, by node.
func (w *town) reasons() map[string]string {
	out := map[string]string{}
	for _, p := range w.Report().Pairs {
		out[p.Node] = string(p.Reason)
	}
	return out
}

func (w *town) want(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}
