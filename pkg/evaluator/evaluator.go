package evaluator

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	corev1 "k8s.io/api/core/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const (
	// releaseDebounce lets the pods that end together become one tick.
	releaseDebounce = time.Second
	// nodeDebounce lets the nodes of a growing pool become one tick.
	nodeDebounce = 250 * time.Millisecond
	// defaultInterval is how long nothing may happen between two ticks: what
	// depends on time alone, a pause that ends, acts within it.
	defaultInterval = 5 * time.Second
)

// RuleSource is where the rules in force come from; see rulesource.Source.
type RuleSource interface {
	Set() *rules.RuleSet
	GoodTexts() []rulesource.GoodText
	Changed() <-chan struct{}
	Loaded() <-chan struct{}
	Announce(on bool)
	Reference(origin rules.Origin, field string) *corev1.ObjectReference
}

// Options of an Evaluator. Every field is required but where a default is named.
type Options struct {
	Sources []Source
	// Builtin names the source that feeds cpu and memory; the first by default.
	Builtin string
	// BuiltinMetrics are what that source is asked for; telemetry.UsedCPU and
	// telemetry.UsedMemory by their names alone by default.
	BuiltinMetrics []telemetry.Metric
	Rules          RuleSource
	Nodes          coreinformers.NodeInformer
	Pods           coreinformers.PodInformer
	// InFlight keeps account of pods that telemetry cannot see; nobody is in flight
	// where it is nil.
	InFlight *inflight.Ledger
	// NewNodeGrace is how long a young node without a sample is judged by
	// requests alone.
	NewNodeGrace time.Duration
	// Interval is the longest time between two ticks; 5 s by default.
	Interval time.Duration
	// Stored is what survived the former run; its zero value is nothing.
	Stored state.Content
	// State keeps what must survive; written while Lead runs.
	State *state.Store
	// Recorder takes Events about nodes, rules and sources while Lead runs.
	Recorder events.EventRecorder
	// Tracer makes spans of readings and ticks; none where it is nil.
	Tracer trace.Tracer
	// Self is the object that Events about sources speak of. It stands in the
	// scheduler's own namespace, where the rules of the cluster are.
	Self corev1.ObjectReference
}

// Subscriber is told of each new Board, in the goroutine of the loop: it must
// return soon.
type Subscriber func(*engine.Board, []engine.Transition)

// Evaluator owns the loop. Its exported methods may be called from any
// goroutine; the fields below the line belong to Run.
type Evaluator struct {
	opts    Options
	board   atomic.Pointer[engine.Board]
	health  atomic.Pointer[[]MetricHealth]
	reports atomic.Pointer[[]SourceReport]
	ready   chan struct{}
	leading atomic.Bool
	// led receives a value when leadership begins or ends.
	led        chan struct{}
	nodesMoved chan struct{}
	collected  chan collected

	mu          sync.Mutex
	subscribers []Subscriber

	// ---
	engine  *engine.Engine
	sources map[string]*sourceHealth
	// known is the RuleSet whose metrics the sources' snapshots hold.
	known    *rules.RuleSet
	judged   ruleFaults
	failed   metricFaults // cannot be read
	strayed  metricFaults // find no nodes
	isReady  bool
	speaking bool      // whether this replica leads, as far as the loop knows
	told     bool      // whether this leader has told what stood when it began
	first    time.Time // when the first Board was made
	// kept is when this leader last handed the phases to the store.
	kept time.Time
	// marks are what this leader last handed to the store; zero before.
	marks Marks
	// causes are the readings since the newest tick, as traces know them.
	causes []trace.Link
	// loaded is what is left to wait for of the rules; nil when they are there.
	loaded <-chan struct{}
	// gathered fires when changed nodes, or pods that are gone, are to be judged; nil
	// while there are none.
	gathered <-chan time.Time
}

// New returns an Evaluator that does nothing until Run.
func New(opts Options) *Evaluator {
	if opts.Interval == 0 {
		opts.Interval = defaultInterval
	}
	if opts.Builtin == "" && len(opts.Sources) > 0 {
		opts.Builtin = opts.Sources[0].Name
	}
	if opts.BuiltinMetrics == nil {
		opts.BuiltinMetrics = []telemetry.Metric{{Name: telemetry.UsedCPU}, {Name: telemetry.UsedMemory}}
	}
	if opts.Tracer == nil {
		opts.Tracer = noop.NewTracerProvider().Tracer("")
	}
	e := &Evaluator{
		opts:       opts,
		ready:      make(chan struct{}),
		led:        make(chan struct{}, 1),
		nodesMoved: make(chan struct{}, 1),
		collected:  make(chan collected),
		engine:     engine.New(engine.Options{NewNodeGrace: opts.NewNodeGrace}, PhasesOf(opts.Stored)),
		sources:    map[string]*sourceHealth{},
	}
	for i := range opts.Sources {
		s := &opts.Sources[i]
		e.sources[s.Name] = &sourceHealth{source: s, hurry: make(chan struct{}, 1), tried: map[string]string{}}
	}
	return e
}

// Board returns the newest Board; nil before the first, which waits until every
// source was read once, successfully or not, and there are rules to go by.
func (e *Evaluator) Board() *engine.Board { return e.board.Load() }

// Ready is closed once a Board was made with the rules that the API server has,
// and its subscribers were told.
func (e *Evaluator) Ready() <-chan struct{} { return e.ready }

// Subscribe has s called after each new Board, in the order of subscription.
func (e *Evaluator) Subscribe(s Subscriber) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.subscribers = append(e.subscribers, s)
}

// Lead does what only the leader does, until ctx ends: it writes the state, and
// tells people what happens.
func (e *Evaluator) Lead(ctx context.Context) {
	if e.podSource() != nil {
		e.opts.InFlight.Measurable(time.Now())
	}
	e.setLeading(true)
	defer e.setLeading(false)
	var reading sync.WaitGroup
	defer reading.Wait()
	reading.Go(func() { e.readPods(ctx) })
	if err := e.opts.State.Run(ctx); err != nil {
		klog.FromContext(ctx).Error(err, "The state is no longer written by this replica")
	}
	<-ctx.Done()
}

func (e *Evaluator) setLeading(on bool) {
	e.leading.Store(on)
	e.opts.Rules.Announce(on)
	wake(e.led)
}

// Run ticks until ctx ends. It returns early only if the handler for nodes
// cannot be added.
func (e *Evaluator) Run(ctx context.Context) error {
	informer := e.opts.Nodes.Informer()
	handler, err := informer.AddEventHandler(nodeHandler(func() { wake(e.nodesMoved) }))
	if err != nil {
		return err
	}
	defer func() { _ = informer.RemoveEventHandler(handler) }()
	if !cache.WaitForCacheSync(ctx.Done(), handler.HasSynced, e.opts.Pods.Informer().HasSynced) {
		return nil
	}
	select { // the nodes that the cache began with are judged by the first tick
	case <-e.nodesMoved:
	default:
	}
	defer e.startCollectors(ctx).Wait()
	e.loop(ctx)
	return nil
}

func (e *Evaluator) startCollectors(ctx context.Context) *sync.WaitGroup {
	var running sync.WaitGroup
	for _, h := range e.sources {
		running.Go(func() { newCollector(e, h).run(ctx) })
	}
	return &running
}
