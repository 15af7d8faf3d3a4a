// Package standin answers as the scheduler's API does where no scheduler answers: a
// replica that stands by, in this process and with the rights of the caller. It reads the
// rules, the state that the last leader left, nodes, pods and telemetry as a scheduler
// does, and writes nothing.
//
// What it cannot know is what only the leader remembers: pods that are about to be bound,
// and readings since the state was written.
package standin

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// patience is how long everything may take to be read unless the caller says.
const patience = time.Minute

// Options say what is read. Every field is required.
type Options struct {
	// Client and Config reach the API server as the caller; informers need a Client that
	// does not end its watches.
	Client kubernetes.Interface
	Config *rest.Config
	// Settings are those of the scheduler, and Release the name of its lease.
	Settings *settings.Settings
	Release  string
	// URLs are those of sources that are reached elsewhere from here.
	URLs map[string]string
	// Patience bounds how long reading may take.
	Patience time.Duration
	// Warn is told what is known less well here than in the scheduler.
	Warn func(string)
}

// Start reads everything, and returns who answers from it until ctx ends.
func Start(ctx context.Context, o Options) (*api.Server, error) {
	// What goes on inside is of interest where a scheduler runs, not here.
	ctx = klog.NewContext(ctx, logr.Discard())
	limited, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	if err := o.probe(limited); err != nil {
		return nil, err
	}
	sources, err := o.sources()
	if err != nil {
		return nil, err
	}
	stored, err := o.load(limited)
	if err != nil {
		return nil, err
	}
	return o.run(ctx, limited, sources, stored)
}

// probe asks for a little of everything, so that a right that is missing is said and not
// waited for.
func (o *Options) probe(ctx context.Context) error {
	core, little := o.Client.CoreV1(), metav1.ListOptions{Limit: 1}
	_, nodes := core.Nodes().List(ctx, little)
	_, pods := core.Pods(metav1.NamespaceAll).List(ctx, little)
	_, namespaces := core.Namespaces().List(ctx, little)
	_, maps := core.ConfigMaps(o.Settings.Namespace).List(ctx, little)
	if err := cmp.Or(nodes, pods, namespaces, maps); err != nil {
		return fmt.Errorf("it takes nodes, pods, namespaces, ReplicaSets, and the ConfigMaps of %s: %w", o.Settings.Namespace, err)
	}
	return nil
}

// load reads what the last leader left.
func (o *Options) load(ctx context.Context) (state.Content, error) {
	store := state.New(state.Options{
		Client: o.Client, Namespace: o.Settings.Namespace, Name: door.StateOf(o.Release),
		Sections: evaluator.Sections(), Recorder: &events.FakeRecorder{},
	})
	content, _, err := store.Load(ctx) // of what is damaged the rest counts, as in the scheduler
	return content, err
}

// run follows the cluster until ctx ends, and returns once there is an evaluation.
func (o *Options) run(ctx, limited context.Context, sources []evaluator.Source, stored state.Content) (*api.Server, error) {
	factory := informers.NewSharedInformerFactoryWithOptions(o.Client, 0, informers.WithTransform(lighter))
	c := newCluster(o.Settings, factory)
	if err := c.follow(); err != nil {
		return nil, err
	}
	rules := rulesource.New(o.ruleOptions(factory, stored))
	c.ledger.Remember(evaluator.LessonsOf(stored))
	e := evaluator.New(evaluator.Options{
		Sources: sources, Builtin: o.Settings.Builtin, Rules: rules, Stored: stored, InFlight: c.ledger,
		Nodes: factory.Core().V1().Nodes(), Pods: factory.Core().V1().Pods(), NewNodeGrace: o.Settings.NewNodeGrace, Recorder: &events.FakeRecorder{},
		Self: corev1.ObjectReference{Namespace: o.Settings.Namespace, Name: o.Release},
	})
	e.Subscribe(c.publish)
	server := api.New(api.Options{
		Oracle: c.oracle(), Default: defaults, Profiles: func() []string { return o.Settings.Plugged }, SourceTypes: o.sourceTypes(), Now: time.Now,
		Leader: func() api.Leader { return api.Leader{Self: true} },
	})
	server.Know(e, rules)
	factory.StartWithContext(ctx)
	go rules.Run(ctx)
	go func() { _ = e.Run(ctx) }() // its error is one of a handler that exists
	select {
	case <-e.Ready():
		return server, nil
	case <-limited.Done():
		return nil, fmt.Errorf("the cluster and its telemetry could not be read within %s; --read-timeout gives it more", o.Patience)
	}
}

func (o *Options) ruleOptions(factory informers.SharedInformerFactory, stored state.Content) rulesource.Options {
	s := o.Settings
	out := rulesource.Options{
		Client: o.Client, Namespace: s.Namespace, LabelValue: s.RulesLabel, PauseName: s.PauseConfigMap,
		Rules: s.Rules(), Seed: evaluator.TextsOf(stored), Recorder: &events.FakeRecorder{},
	}
	if s.Args.Namespaces != nil {
		limits := rulesource.Limits{Each: rulesource.Counts(s.NamespaceLimits.Each), Together: rulesource.Counts(s.NamespaceLimits.Together)}
		out.Tenants = &rulesource.Tenants{Selector: s.Args.Namespaces, Namespaces: factory.Core().V1().Namespaces(), Limits: limits}
	}
	return out
}
