package rulesource

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// debounce lets an apply of many ConfigMaps become one change.
const debounce = 100 * time.Millisecond

// Options of a Source. Every field is required but where a default is named.
type Options struct {
	Client kubernetes.Interface
	// Namespace is the scheduler's own: the rules of the whole cluster.
	Namespace string
	// LabelValue is the value of the label telemetry-scheduler.io/rules that
	// marks our ConfigMaps; "true" by default.
	LabelValue string
	// PauseName names the ConfigMap of the stop button;
	// telemetry-scheduler-pause by default.
	PauseName string
	// Tenants are the namespaces that may have rules of their own; nil where none may.
	Tenants *Tenants
	// Nodes is the scheduler's own informer, which somebody else runs; nil where nobody
	// is to be told of silences of nodes that there are not.
	Nodes coreinformers.NodeInformer
	// Rules say what a text may refer to; see rules.Parse.
	Rules rules.Options
	// Seed holds the last good texts of the former run.
	Seed []GoodText
	// Recorder takes Events on the ConfigMaps, once Announce was called.
	Recorder events.EventRecorder
}

// Source watches the rule ConfigMaps. Set, GoodTexts, Changed, Loaded and
// Announce may be used from any goroutine; Run owns everything else.
type Source struct {
	opts    Options
	rules   informer
	pause   informer
	tenants *tenants // nil where no other namespace may have rules
	dirty   chan struct{}
	changed chan struct{}
	loaded  chan struct{}

	state    atomic.Pointer[published]
	speaking atomic.Bool

	// ends fires when the next silence ends; nil where none will.
	ends <-chan time.Time
	// late are the silences in the list that were over when they were written, and
	// looked is true once the list was read: of those found then nobody knows.
	late   map[rules.Silence]bool
	looked bool

	read      readFunc
	known     map[string]rules.Metric // as the texts were read the last time
	parsed    map[string]map[string]*parsing
	announcer announcer
}

// readFunc is the shape of rules.Parse.
type readFunc func(file string, data []byte, opts rules.Options) (*rules.Document, []rules.Mistake)

// informer is one watch on ConfigMaps with its lister.
type informer struct {
	cache.SharedIndexInformer
	lister corelisters.ConfigMapLister
}

// published is what other goroutines see.
type published struct {
	set    *rules.RuleSet
	good   map[Unit]GoodText
	report Report
}

// New returns a Source that has in force what Seed says, until Run has read the
// ConfigMaps.
func New(opts Options) *Source { return newSource(opts, rules.Parse) }

func newSource(opts Options, read readFunc) *Source {
	opts.setDefaults()
	s := &Source{
		opts:      opts,
		dirty:     make(chan struct{}, 1),
		changed:   make(chan struct{}, 1),
		loaded:    make(chan struct{}),
		read:      read,
		parsed:    map[string]map[string]*parsing{},
		announcer: announcer{recorder: opts.Recorder},
	}
	notify := func() { wake(s.dirty) }
	s.rules = s.watch(opts.Namespace, rules.LabelRules, "", notify) // whatever its value, so that a slip in it can be told
	s.pause = s.watch(opts.Namespace, "", "metadata.name="+opts.PauseName, notify)
	if opts.Tenants != nil {
		s.tenants = s.newTenants(opts.Tenants)
	}
	s.seed()
	if opts.Nodes != nil {
		s.watchNodes() // which may tell of nodes at once, and they look at what is in force
	}
	return s
}

func (o *Options) setDefaults() {
	if o.LabelValue == "" {
		o.LabelValue = "true"
	}
	if o.PauseName == "" {
		o.PauseName = "telemetry-scheduler-pause"
	}
}

// seed puts the texts of the former run in force, so that a scheduler that may
// not read its ConfigMaps keeps the last rules that it knew.
func (s *Source) seed() {
	good := map[Unit]GoodText{}
	var texts []text
	for _, g := range s.opts.Seed {
		good[g.Unit] = g
		if g.Namespace == s.opts.Namespace {
			texts = append(texts, text{GoodText: g})
		}
	}
	sortTexts(texts)
	o := resolve(texts, nil, s.parser())
	o.add(s.elsewhere(context.Background(), good, o.known).outcome) // nothing is fetched before it was seen
	s.state.Store(&published{set: s.ruleSet(o, rules.Pause{}), good: good})
}

// ruleSet returns the last set where nothing in it has changed: a new one makes
// others look at everything anew.
func (s *Source) ruleSet(o outcome, pause rules.Pause) *rules.RuleSet {
	next := rules.Merge(s.opts.Rules.Metrics, []*rules.Document{&o.document}, pause)
	if last := s.state.Load(); last != nil && reflect.DeepEqual(last.set, next) {
		return last.set
	}
	return next
}

// Set returns the rules in force. It is never nil and never changes.
func (s *Source) Set() *rules.RuleSet { return s.state.Load().set }

// GoodTexts returns the texts to keep for the next run, ordered.
func (s *Source) GoodTexts() []GoodText { return sortedGood(s.state.Load().good) }

// Changed receives a value after Set or GoodTexts may have changed. It has one
// reader; changes that it has not taken yet are one.
func (s *Source) Changed() <-chan struct{} { return s.changed }

// Loaded is closed once the ConfigMaps were read for the first time.
func (s *Source) Loaded() <-chan struct{} { return s.loaded }

// Announce says whether this replica tells people about mistakes: the leader
// does. What stands is said when it begins.
func (s *Source) Announce(on bool) {
	s.speaking.Store(on)
	wake(s.dirty)
}

// Run watches until ctx ends.
func (s *Source) Run(ctx context.Context) {
	var informers sync.WaitGroup
	defer informers.Wait()
	for _, i := range []informer{s.rules, s.pause} {
		informers.Go(func() { i.RunWithContext(ctx) })
	}
	if s.tenants != nil {
		informers.Go(func() { s.tenants.run(ctx) })
	}
	if s.opts.Nodes != nil {
		informers.Go(func() { s.awaitNodes(ctx) })
	}
	if !cache.WaitForCacheSync(ctx.Done(), s.rules.HasSynced, s.pause.HasSynced) || !s.tenants.await(ctx) {
		return
	}
	s.refresh(ctx)
	close(s.loaded)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dirty:
		case <-s.ends:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(debounce):
		}
		s.refresh(ctx)
	}
}

// refresh reads everything from the listers, never from single notifications:
// missed and repeated ones cannot matter.
func (s *Source) refresh(ctx context.Context) {
	found, err := s.rules.lister.List(labels.Everything())
	if err != nil {
		klog.FromContext(ctx).Error(err, "Listing rule ConfigMaps from the cache failed")
		return
	}
	ours, astray := divide(found, s.opts.LabelValue)
	good := s.state.Load().good
	o := resolve(textsOf(ours), good, s.parser())
	e := s.elsewhere(ctx, good, o.known)
	f := factsOf(o, ours, astray, s.opts.LabelValue)
	e.tell(&f, s)
	measureKeys(keyCount, o.results, countUnread(ours, astray))
	e.measure()
	own := o // the cluster's alone
	o.add(e.outcome)
	at := time.Now()
	hint := s.hint(o.document.Rules)
	pause, slips := s.readPause(&f, at, hint)
	s.awaitEnd(pause, at)
	logPause(klog.FromContext(ctx), s.Set().Pause, pause, at, hint)
	report := s.reportOf(own, ours, astray, &e, append(slips, unclearPauses(ours, e.ours)...))
	before, now := s.Set(), s.ruleSet(o, pause)
	s.state.Store(&published{set: now, good: o.good, report: report})
	logRules(klog.FromContext(ctx), before, now)
	s.known = o.known
	s.forget(o)
	measure(o)
	s.announcer.announce(klog.FromContext(ctx), f, s.speaking.Load())
	wake(s.changed)
}

// awaitEnd has the end of the next silence told.
func (s *Source) awaitEnd(pause rules.Pause, now time.Time) {
	s.ends = nil
	if next := nextEnd(pause, now); !next.IsZero() {
		s.ends = time.After(next.Sub(now))
	}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Reference returns the place of a rule or metric of a set, for Events about it:
// the ConfigMap that it stands in, with the field; nil where that is gone.
func (s *Source) Reference(origin rules.Origin, field string) *corev1.ObjectReference {
	namespace, name, ok := configMapOf(origin.File)
	if !ok || namespace != s.opts.Namespace && s.tenants == nil {
		return nil
	}
	lister := s.rules.lister
	if namespace != s.opts.Namespace {
		lister = s.tenants.maps.lister
	}
	cm, err := lister.ConfigMaps(namespace).Get(name)
	if err != nil {
		return nil
	}
	ref := reference(cm.Namespace, cm.Name, cm.UID, cm.ResourceVersion, field)
	return &ref
}
