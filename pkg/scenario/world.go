package scenario

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// tickEvery is what the scheduler has by default.
const tickEvery = 5 * time.Second

// world is a scenario at one time.
type world struct {
	*file
	now      time.Duration
	engine   *engine.Engine
	ledger   *inflight.Ledger
	oracle   *inquiry.Oracle
	podStore cache.Indexer
	queries  telemetry.Source
	// snapshots are what each source last said.
	snapshots map[string]*telemetry.Snapshot
	// paces say when the metrics of each source are read, and pace when pods are.
	paces map[string]*evaluator.Pace
	pace  evaluator.PodPace
	board *engine.Board
	// planned is what would leave by the board; nil until somebody asks.
	planned *planned
	// set is what is in force.
	set *rules.RuleSet
	// lives are the pods, and what became of them; queue are those that are not placed.
	lives []pod
	queue []*pod
}

func newWorld(f *file) (*world, error) {
	w := &world{
		file: f, engine: engine.New(engine.Options{NewNodeGrace: defaults().NewNodeGrace}, &engine.State{}),
		podStore: newStoreOf(), snapshots: map[string]*telemetry.Snapshot{}, paces: map[string]*evaluator.Pace{},
		lives: slices.Clone(f.pods),
	}
	w.queue = arrivals(w.lives)
	w.ledger = inflight.New(inflight.Options{
		Requests: inquiry.Requests, Pods: w.present, Allocatable: w.allocatable, Trust: func() bool { return true },
		Owner: ownerOf,
	})
	namespaces := corelisters.NewNamespaceLister(f.namespaceStore())
	w.oracle = &inquiry.Oracle{
		Judge:  inquiry.Judge{InFlight: w.ledger, Requests: inquiry.Requests, Node: w.node},
		Reader: inquiry.Reader{Namespaces: namespaces, Exemptions: true},
		Pods:   corelisters.NewPodLister(w.podStore),
		Firm:   func(*corev1.Pod) string { return "" },

		Waiters: func() []inquiry.Waiter { return nil }, // nobody asks for them
	}
	queries, err := prometheus.New(prometheus.Options{
		URL: "http://" + otherSource, Transport: newServer(f, w.clock), Matchers: f.matchers, Now: w.clock,
	})
	w.queries = queries
	return w, err
}

func newStoreOf() cache.Indexer {
	return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
}

func (w *world) clock() time.Time { return began.Add(w.now) }

// present are the pods that run or are about to.
func (w *world) present() []*corev1.Pod {
	pods, _ := w.oracle.Pods.List(labels.Everything()) // a store in memory does not fail
	return pods
}

func (w *world) joined() []*corev1.Node {
	var out []*corev1.Node
	for _, n := range w.nodes {
		if n.joins <= w.now {
			out = append(out, n.Node)
		}
	}
	return out
}

func (w *world) allocatable(name string) inflight.Units {
	n := w.node(name)
	if n == nil {
		return inflight.Units{}
	}
	has := n.Status.Allocatable
	return inflight.Units{MilliCPU: has.Cpu().MilliValue(), Bytes: has.Memory().Value(), Pods: has.Pods().Value()}
}

// times are all those at which something is done.
func (f *file) times() []time.Duration {
	last := f.last()
	var out []time.Duration
	for _, every := range []time.Duration{tickEvery, f.interval} {
		for at := time.Duration(0); at <= last; at += every {
			out = append(out, at)
		}
	}
	for i := range f.pods {
		out = append(out, f.pods[i].bound, f.pods[i].starts, f.pods[i].ends)
	}
	out = append(out, f.button.times()...)
	for i := range f.nodes {
		out = append(out, f.nodes[i].joins)
	}
	for i := range f.cases {
		out = append(out, f.cases[i].at)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(at time.Duration) bool { return at < 0 || at > last })
}

// advance moves the world on to a time.
func (w *world) advance(ctx context.Context, at time.Duration) {
	w.now = at
	w.movePods()
	if at%w.interval == 0 {
		w.collect(ctx)
	}
	w.measurePods()
	w.tick()
	w.place()
}

// movePods shows the account of pods what became of them.
func (w *world) movePods() {
	for i := range w.lives {
		w.show(&w.lives[i])
	}
}

// show does what the informer of pods does: it tells what changed.
func (w *world) show(p *pod) {
	now := p.stage(w.now)
	if now == p.shown {
		return
	}
	if p.shown = now; now == absent {
		_ = w.podStore.Delete(p.Pod)
		w.ledger.Forget(p.UID)
		return
	}
	state := p.state(now)
	_ = w.podStore.Update(state)
	w.ledger.Observe(state, w.clock())
}

// tick judges all nodes, as the evaluator does.
func (w *world) tick() {
	flights := w.ledger.Take(w.clock(), engine.Horizon(w.rules))
	var nodes []engine.Node
	for _, n := range w.joined() {
		one := evaluator.EngineNode(n)
		one.Flights = flights[n.Name]
		nodes = append(nodes, one)
	}
	known := evaluator.Known{
		Nodes: nodes, Pods: w.present, Builtin: w.snapshots[builtinSource],
		Snapshot: func(source string) *telemetry.Snapshot { return w.snapshots[source] },
	}
	samples := &exactly{evaluator.Samples(w.clock(), w.rules, known), w.file}
	w.board, _ = w.engine.Advance(w.clock(), w.inForce(), nodes, samples)
	w.ledger.Publish(w.board)
	w.planned = nil
}
