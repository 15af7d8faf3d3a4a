package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/util/flowcontrol"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// options are what the process is told.
type options struct {
	common common
	limits marks.Limits
	stale  time.Duration
	rate   float32
	remove bool
	// lease is how long others wait for a leader that has died.
	lease   time.Duration
	serving *serving
}

func newOptions() *options {
	return &options{
		common: common{logs: logsapi.NewLoggingConfiguration()}, limits: marks.Limits{Interval: time.Minute, Tainted: 50},
		stale: 10 * time.Minute, rate: 5, lease: 15 * time.Second, serving: newServing(),
	}
}

func (o *options) flags() (sets cliflag.NamedFlagSets) {
	o.common.addTo(&sets)
	fs := sets.FlagSet("marks")
	fs.DurationVar(&o.limits.Interval, "min-interval", o.limits.Interval, "The least time between two settings of one mark on one node. Taking a mark away does not wait for it.")
	fs.IntVar(&o.limits.Tainted, "max-tainted", o.limits.Tainted, "The most nodes, of a hundred, that may carry a NoSchedule taint at once; further ones wait until others have lost theirs. One may in any cluster; 0 is for none.")
	fs.Float32Var(&o.rate, "nodes-per-second", o.rate, "How many nodes are written in a second.")
	fs.DurationVar(&o.lease, "leader-elect-lease-duration", o.lease, "How long the others wait before they take the place of a leader that has died.")
	fs.DurationVar(&o.stale, "stale-after", o.stale, "After how long without a word of the scheduler's leader all marks are taken away. Until then they stay as they are.")
	fs.BoolVar(&o.remove, "remove", false, "Take all marks away and set none, whatever rules want.")
	o.serving.addTo(&sets)
	return sets
}

// leastStale is above what a change of leaders takes, and a restart of the API server.
const leastStale = time.Minute

func (o *options) validate() error {
	wrong := []error{o.common.validate()}
	if o.limits.Interval < 0 {
		wrong = append(wrong, errors.New("--min-interval must not be negative"))
	}
	if o.limits.Tainted < 0 || o.limits.Tainted > 100 {
		wrong = append(wrong, errors.New("--max-tainted must be from 0 to 100"))
	}
	if o.rate <= 0 {
		wrong = append(wrong, errors.New("--nodes-per-second must be above 0"))
	}
	if o.lease < time.Second {
		wrong = append(wrong, errors.New("--leader-elect-lease-duration must be at least 1s"))
	}
	if o.stale < leastStale {
		wrong = append(wrong, fmt.Errorf("--stale-after must be at least %s: a change of leaders is no reason to take marks away", leastStale))
	}
	return errors.Join(append(wrong, o.serving.validate()...)...)
}

// run marks nodes until ctx ends or another process leads.
func (o *options) run(ctx context.Context) error {
	watching, err := o.common.client(0)
	if err != nil {
		return err
	}
	writing, err := o.common.client(callTimeout)
	if err != nil {
		return err
	}
	marks.Register()
	dog := leaderelection.NewLeaderHealthzAdaptor(o.lease)
	ctx, end := context.WithCancel(ctx)
	stopped, err := o.serving.serve(ctx, o.common.kubeconfig, dog)
	defer func() { end(); stopped() }()
	if err != nil {
		return err
	}
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: writing.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return err
	}
	seen := o.caches(watching)
	return o.lead(ctx, writing, dog, func(ctx context.Context) {
		if nodes, stored := seen.sync(ctx); ctx.Err() == nil {
			marks.New(time.Now(), o.marker(writing, broadcaster, nodes, stored)).Run(ctx)
		}
	})
}

func (o *options) marker(client kubernetes.Interface, broadcaster events.EventBroadcaster, nodes corelisters.NodeLister, stored corelisters.ConfigMapNamespaceLister) marks.Options {
	return marks.Options{
		Owner: o.common.owner(), Limits: o.limits, Stale: o.stale, Remove: o.remove,
		Rate:  flowcontrol.NewTokenBucketRateLimiter(o.rate, max(1, int(5*o.rate))),
		Nodes: nodes, State: stored, StateName: door.StateOf(o.common.release),
		Client: client.CoreV1().Nodes(), Recorder: broadcaster.NewRecorder(clientscheme.Scheme, component),
	}
}

// caches are of what is read while this process leads: those who stand by hold nothing.
type caches struct {
	nodes, state informers.SharedInformerFactory
	namespace    string
}

func (o *options) caches(client kubernetes.Interface) *caches {
	return &caches{
		namespace: o.common.namespace,
		nodes:     informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(o.common.owner().Slim)),
		state: informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(o.common.namespace),
			informers.WithTweakListOptions(func(l *metav1.ListOptions) { l.LabelSelector = state.Selector(door.StateOf(o.common.release)) })),
	}
}

// sync fills them, and returns once they are filled or ctx has ended.
func (c *caches) sync(ctx context.Context) (corelisters.NodeLister, corelisters.ConfigMapNamespaceLister) {
	nodes, stored := c.nodes.Core().V1().Nodes(), c.state.Core().V1().ConfigMaps()
	nodes.Informer()
	stored.Informer()
	for _, factory := range []informers.SharedInformerFactory{c.nodes, c.state} {
		factory.Start(ctx.Done())
		factory.WaitForCacheSync(ctx.Done())
	}
	return nodes.Lister(), stored.Lister().ConfigMaps(c.namespace)
}
