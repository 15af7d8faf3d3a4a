package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/klog/v2"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// loop is the evaluator with what it is made of.
type loop struct {
	state     stateLoader
	rules     rulesource.Options
	evaluator evaluator.Options
	publish   evaluator.Subscriber
	// evictions are the options of the loop that moves pods; nil where there is none.
	evictions *descheduler.Options
	// moved is told of that loop before it runs.
	moved func(*descheduler.Descheduler)
	// over is closed when leadership ends; nil where only ctx tells.
	over <-chan struct{}
	// assembled is told of the parts before they run.
	assembled func(*evaluator.Evaluator, *rulesource.Source)
	// late is set where nothing is evaluated before this replica leads.
	late bool
	// ready is closed once this replica leads and has a Board that may be relied on.
	ready chan struct{}
}

type stateLoader interface {
	Load(context.Context) (state.Content, []state.Problem, error)
}

// newLoop makes what the loop needs, and reads nothing.
func (a *Assembly) newLoop(cc *schedulerconfig.CompletedConfig, proves prover, tracer trace.Tracer) (*loop, error) {
	clients, err := newClients(cc.KubeConfig)
	if err != nil {
		return nil, err
	}
	ours, said := cc.ComponentConfig.LeaderElection, a.shared.Args()
	sources, err := a.newSources(said, clients.sources, ours.ResourceNamespace, ours.ResourceName)
	if err != nil {
		return nil, err
	}
	recorder := cc.EventBroadcaster.NewRecorder(component)
	// State stands beside the lease and under its name, so that two releases in one
	// namespace do not meet.
	store := state.New(state.Options{
		Client: clients.state, Namespace: ours.ResourceNamespace, Name: door.StateOf(ours.ResourceName),
		Sections: evaluator.Sections(), Open: wayIn(cc, said.API.Port), Recorder: recorder,
	})
	evictions := a.newDescheduler(cc, clients, proves)
	evictions.Store, evictions.Tracer = store, tracer
	core := cc.InformerFactory.Core().V1()
	return &loop{
		state: store,
		rules: rulesource.Options{
			Client: clients.watching, Namespace: ours.ResourceNamespace, Recorder: recorder,
			LabelValue: said.RulesLabel, PauseName: said.PauseConfigMap, Tenants: tenants(said, core.Namespaces()), Nodes: core.Nodes(),
			Rules: readsRules(said),
		},
		evaluator: evaluator.Options{
			Sources: sources, Builtin: said.Builtin, Nodes: core.Nodes(), Pods: core.Pods(), State: store, Recorder: recorder,
			Tracer: tracer, InFlight: a.shared.InFlight(), NewNodeGrace: said.NewNodeGrace, Self: leaseReference(ours.ResourceNamespace, ours.ResourceName),
		},
		publish:   a.shared.Publish,
		evictions: evictions,
		moved:     descheduler.Collect,
		assembled: collect,
		late:      cc.ComponentConfig.DelayCacheUntilActive,
		ready:     make(chan struct{}),
	}, nil
}

// readsRules says by what texts of rules are judged.
func readsRules(said *args.Args) rules.Options {
	return rules.Options{
		Metrics: rules.Builtins(said.BuiltinTimes()), Sources: said.SourceKinds(), Queries: prometheus.Checker{}, Loosens: said.Eviction.Loosened,
		MarkPrefixes: said.MarkPrefixes, Unmarked: !said.Marks,
	}
}

// tenants says which namespaces may have rules of their own; nil where none may. The
// plugin has the scheduler watch namespaces already.
func tenants(said *args.Args, namespaces coreinformers.NamespaceInformer) *rulesource.Tenants {
	if said.Namespaces == nil {
		return nil
	}
	limits := rulesource.Limits{Each: rulesource.Counts(said.NamespaceLimits.Each), Together: rulesource.Counts(said.NamespaceLimits.Together)}
	return &rulesource.Tenants{Selector: said.Namespaces, Namespaces: namespaces, Limits: limits}
}

// leaseReference is what Events about telemetry sources speak of.
func leaseReference(namespace, name string) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "coordination.k8s.io/v1", Kind: "Lease", Namespace: namespace, Name: name}
}

// run evaluates until ctx ends. led is closed when this replica begins to lead.
//
// A replica that evaluates nothing while it stands by reads the state when it
// begins to lead: what it could read earlier is older than what the leader before
// it wrote.
func (l *loop) run(ctx context.Context, led <-chan struct{}) {
	if l.late && !wait(ctx, led) {
		return
	}
	stored, ok, _ := l.load(ctx)
	if !ok {
		return
	}
	e, source := l.assemble(stored)
	l.assembled(e, source)
	l.serve(ctx, led, e, source)
}

func (l *loop) assemble(stored state.Content) (*evaluator.Evaluator, *rulesource.Source) {
	l.rules.Seed = evaluator.TextsOf(stored)
	source := rulesource.New(l.rules)
	l.evaluator.Rules, l.evaluator.Stored = source, stored
	l.evaluator.InFlight.Remember(evaluator.LessonsOf(stored))
	e := evaluator.New(l.evaluator)
	e.Subscribe(l.publish)
	return e, source
}

// serve runs the parts, and leads once led is closed.
func (l *loop) serve(ctx context.Context, led <-chan struct{}, e *evaluator.Evaluator, source *rulesource.Source) {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { source.Run(loggingAs(ctx, "rules")) })
	running.Go(func() { evaluate(loggingAs(ctx, "evaluator"), e) })
	if !wait(ctx, led) {
		return
	}
	stored, ok, lost := l.relearn(ctx)
	if !ok {
		return
	}
	l.foundMoves(stored, lost)
	running.Go(func() { l.move(loggingAs(ctx, "descheduler"), e, source, stored, lost) })
	e.Lead(loggingAs(ctx, "evaluator"))
}

// loggingAs has the lines of a part name it.
func loggingAs(ctx context.Context, part string) context.Context {
	return klog.NewContext(ctx, klog.FromContext(ctx).WithName(part))
}

// move lets pods be placed, and moves some while this replica leads.
func (l *loop) move(ctx context.Context, e *evaluator.Evaluator, source *rulesource.Source, stored state.Content, lost error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		if l.over != nil && wait(ctx, l.over) {
			stop()
		}
	}()
	if !wait(ctx, e.Ready()) {
		return
	}
	d := l.mover(ctx, e, source, stored, lost)
	close(l.ready)
	if d != nil {
		d.Run(ctx)
	}
}

// mover returns what moves pods, which holds the room that the leader before held: nobody
// may place a pod before. It is nil where no pod is ever moved.
func (l *loop) mover(ctx context.Context, e *evaluator.Evaluator, source *rulesource.Source, stored state.Content, lost error) *descheduler.Descheduler {
	if l.evictions == nil {
		return nil
	}
	l.evictions.Place = source.Reference
	d := descheduler.New(*l.evictions)
	l.moved(d)
	d.Begin(ctx, e.Board(), stored[evaluator.SectionEvictions], lost)
	e.Subscribe(d.Publish)
	return d
}

// foundMoves lets the first leader of all store that nothing was moved, before anything else
// is stored. Later the section is there, or was lost.
func (l *loop) foundMoves(stored state.Content, lost error) {
	if l.evictions != nil && lost == nil && len(stored[evaluator.SectionEvictions]) == 0 {
		descheduler.Found(l.evictions.Store)
	}
}

// relearn takes over what the leader before learned of the use of pods, before the first
// pod is placed and before anything is stored in its place. A replica that stands by
// follows rules and nodes by itself, but measures no pods: it knows only what was stored
// when it began.
func (l *loop) relearn(ctx context.Context) (stored state.Content, ok bool, lost error) {
	stored, ok, lost = l.load(ctx)
	l.evaluator.InFlight.Remember(evaluator.LessonsOf(stored))
	return stored, ok, lost
}

func evaluate(ctx context.Context, e *evaluator.Evaluator) {
	if err := e.Run(ctx); err != nil {
		klog.FromContext(ctx).Error(err, "The evaluator ended; rules no longer follow telemetry")
	}
}

// wait returns false if ctx ends first.
func wait(ctx context.Context, led <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-led:
		return true
	}
}

// Times between two attempts to read the stored state.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// load reads the stored state, however long it takes: beginning without it would
// overwrite it. It is given up only where it may not be read, which somebody has
// to mend; the log then says what is missing. lost says what is missing of the moves of pods
// that are remembered.
func (l *loop) load(ctx context.Context) (content state.Content, ok bool, lost error) {
	logger := klog.FromContext(ctx)
	for delay := firstRetry; ; delay = min(2*delay, lastRetry) {
		content, problems, err := l.state.Load(ctx)
		switch {
		case err == nil:
			return content, true, lostMoves(content, problems)
		case ctx.Err() != nil:
			return nil, false, nil
		case apierrors.IsForbidden(err):
			logger.Error(err, "The stored state may not be read; rules begin anew. The scheduler needs to get, list, create, update and delete ConfigMaps in its namespace")
			return nil, true, err
		}
		logger.Error(err, "The stored state could not be read; it is tried again", "delay", delay)
		select {
		case <-ctx.Done():
			return nil, false, nil
		case <-time.After(delay):
		}
	}
}

// lostMoves says what is missing of what is remembered of the moves of pods; nil where
// nothing is, or where no state was ever stored.
func lostMoves(content state.Content, problems []state.Problem) error {
	for _, p := range problems {
		if p.Section == evaluator.SectionEvictions || p.Section == "" {
			return fmt.Errorf("what was stored of evictions is damaged: %w", p)
		}
	}
	if len(content)+len(problems) > 0 && len(content[evaluator.SectionEvictions]) == 0 {
		return errors.New("nothing is stored of evictions, though other things are")
	}
	return nil
}
