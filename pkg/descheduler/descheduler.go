package descheduler

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// Sight is the cluster at one time; see home.Sight.
type Sight interface {
	Board() *engine.Board
	Node(name string) (*v1.Node, []*v1.Pod)
	Prove(ctx context.Context, q home.Question, after []home.Move) (home.Answer, error)
}

// Prover sees the cluster as the scheduler does; see home.Prover.
type Prover interface {
	// Look returns nil before the first Board.
	Look() Sight
	// Need returns what a pod is judged by under a Board.
	Need(pod *v1.Pod, board *engine.Board) inflight.Units
}

// Store keeps what must survive a restart; see state.Store.
type Store interface {
	Put(section string, entries []state.Entry)
	Sync(ctx context.Context, section string) error
}

// Options of a Descheduler. Every field is required but where it is said.
type Options struct {
	// Eviction is what the operator says.
	Eviction *args.Eviction
	Prover   Prover
	// Cluster is where facts come from. Its Deployments and Jobs are the Descheduler's
	// own: it watches them with Watching while a rule evicts.
	Cluster  facts.Cluster
	Watching kubernetes.Interface
	Calls    Calls
	Pods     corelisters.PodLister
	Nodes    corelisters.NodeLister
	Holds    *hold.Holds
	Store    Store
	Recorder events.EventRecorder
	// Tracer makes spans of evictions; none where it is nil.
	Tracer trace.Tracer
	// Place returns where a rule is written, for Events; nil where that is gone.
	Place func(origin rules.Origin, field string) *v1.ObjectReference
}

// Descheduler is the loop. Publish and Report may be called from any goroutine; the
// fields below the line belong to Begin and Run.
type Descheduler struct {
	opts   Options
	newest atomic.Pointer[engine.Board]
	due    chan struct{}
	report atomic.Pointer[Report]

	// ---
	memory  *memory.Memory
	owners  owners
	refused refusals
	// homeless are the pods that were found to have no home, and newest plan what was found
	// last, where it is not to be found out anew at once.
	homeless homeless
	found    *found
	// reminded are the UIDs of the victims of which was told that they do not end.
	reminded map[string]bool
	// rooms are the Holds of moves under way, and baselines what their nodes had before,
	// by the UID of the victim.
	rooms     map[string]*hold.Hold
	baselines map[string]baseline
	// traced are the spans in which they were made.
	traced map[string]trace.SpanContext
	// took is when this leader took over.
	took time.Time
	// kept is when what is remembered was handed to the store last, and changed whether
	// something happened since.
	kept    time.Time
	changed bool
}

// New returns a Descheduler that does nothing until Run.
func New(o Options) *Descheduler {
	if o.Tracer == nil {
		o.Tracer = noop.NewTracerProvider().Tracer("")
	}
	return &Descheduler{
		opts: o, due: make(chan struct{}, 1), memory: memory.New(), owners: owners{client: o.Watching},
		rooms: map[string]*hold.Hold{}, baselines: map[string]baseline{}, refused: newRefusals(), homeless: homeless{}, reminded: map[string]bool{},
		traced: map[string]trace.SpanContext{},
	}
}

// Publish takes a new Board; one that comes while a round runs replaces the one that
// waits. It has the shape of a subscriber of the evaluator.
func (d *Descheduler) Publish(board *engine.Board, _ []engine.Transition) {
	d.newest.Store(board)
	select {
	case d.due <- struct{}{}:
	default:
	}
}

// Report returns what the newest round found and what is remembered; nil before the
// first round of a leader. Nobody changes it.
func (d *Descheduler) Report() *Report { return d.report.Load() }

// Begin takes over what an earlier leader remembered: stored is the section of the state
// that it wrote, and board the newest there is. The room of moves under way is held again,
// so it comes before the first pod is placed. It is called once, before Run. lost says what
// is missing of that section; nil where stored is all that there ever was.
func (d *Descheduler) Begin(ctx context.Context, board *engine.Board, stored map[string]json.RawMessage, lost error) {
	d.Publish(board, nil)
	now := time.Now()
	d.took = now
	if err := safely(ctx, func() { d.restore(ctx, now, stored, lost) }); err != nil {
		d.memory, _ = memory.Restore(now, nil, err)
	}
	_ = safely(ctx, func() { d.rebuild(now) }) // rooms are a help; the log says what happened
}

// Run makes a round for each Board until ctx ends, which is when this replica no longer
// leads. It is called once.
func (d *Descheduler) Run(ctx context.Context) {
	defer d.owners.stop()
	defer d.report.Store(nil)
	for d.await(ctx) {
		now := time.Now()
		if err := safely(ctx, func() { d.round(ctx, now) }); err != nil {
			d.failed(now)
		}
	}
}

// await returns true when there is a Board to go by, and false at the end.
func (d *Descheduler) await(ctx context.Context) bool {
	select {
	case <-ctx.Done():
	case <-d.due:
	}
	return ctx.Err() == nil
}

// round does all that one Board asks for.
func (d *Descheduler) round(ctx context.Context, now time.Time) {
	board := d.newest.Load()
	d.follow(ctx, now, board)
	d.remind(ctx, now)
	l := d.look(now, board)
	if !d.owners.follow(ctx, len(l.Policies) > 0) {
		l.waits = plan.OwnersUnread
		l.plan = l.nothing()
	} else {
		d.decide(ctx, l)
	}
	d.tell(ctx, l)
	d.publish(l)
	d.keep(now)
}

// decide plans, and acts; it sees the cluster only where a rule asks for pods that are to
// leave, and not where that was found out already.
func (d *Descheduler) decide(ctx context.Context, l *look) {
	in := d.input(l)
	asks := plan.Asks(in)
	if len(asks) == 0 || d.found.stands(l.Now, asks) {
		l.plan = d.found.among(plan.Make(in), asks) // of rules that do not ask it tells all
		l.whys = d.found.reasons()
		return
	}
	d.found = nil
	if !d.see(l) {
		klog.FromContext(ctx).V(2).Info("Rules with evict fire, and no home can be proved yet")
		l.waits, l.plan = plan.HomesUnproved, l.nothing()
		return
	}
	ctx, span := d.opts.Tracer.Start(ctx, spanEvict)
	defer span.End()
	s, in := d.plan(ctx, l)
	l.made = d.act(ctx, l, s, l.plan)
	d.found = finding(l, plan.Asks(in))
}

// plan finds out which pods are to leave, and where their homes are.
func (d *Descheduler) plan(ctx context.Context, l *look) (*seeker, plan.In) {
	ctx, span := d.opts.Tracer.Start(ctx, spanPlan)
	defer span.End()
	began := time.Now()
	s := newSeeker(ctx, d, l)
	in := d.input(l)
	in.Prove = s.prove
	l.plan, l.whys = plan.Make(in), s.whys
	planDuration.Observe(time.Since(began).Seconds())
	span.SetAttributes(attrNodes.Int(len(l.plan.Nodes)))
	return s, in
}
