package descheduler

import (
	"context"
	"slices"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
)

// patience is after which time of waiting for owners the log says so.
const patience = 30 * time.Second

// owners watches Deployments and Jobs while a rule evicts, so that nobody else needs the
// right to.
type owners struct {
	client  kubernetes.Interface
	factory informers.SharedInformerFactory
	synced  []cache.InformerSynced
	cancel  context.CancelFunc
	began   time.Time
	// said is set once the log says that they cannot be read.
	said bool
}

// follow begins or ends to watch, and reports whether what is wanted is known.
func (o *owners) follow(ctx context.Context, wanted bool) bool {
	if !wanted {
		o.stop()
		return true
	}
	if o.factory == nil {
		o.start(ctx)
	}
	if !o.known() {
		o.complain(ctx)
		return false
	}
	return true
}

func (o *owners) start(ctx context.Context) {
	ctx, o.cancel = context.WithCancel(ctx)
	o.factory, o.began, o.said = informers.NewSharedInformerFactory(o.client, 0), time.Now(), false
	o.synced = []cache.InformerSynced{o.factory.Apps().V1().Deployments().Informer().HasSynced, o.factory.Batch().V1().Jobs().Informer().HasSynced}
	o.factory.Start(ctx.Done())
}

func (o *owners) complain(ctx context.Context) {
	if o.said || time.Since(o.began) < patience {
		return
	}
	o.said = true
	klog.FromContext(ctx).Error(nil, "Rules with evict are in force, and Deployments and Jobs cannot be read; no pod is moved. The scheduler needs to list and watch deployments.apps and jobs.batch", "waited", time.Since(o.began))
}

func (o *owners) stop() {
	if o.factory == nil {
		return
	}
	o.cancel()
	o.factory.Shutdown()
	o.factory, o.synced = nil, nil
}

// known reports whether Deployments and Jobs are watched, and all of them seen.
func (o *owners) known() bool {
	return o.factory != nil && !slices.ContainsFunc(o.synced, func(synced cache.InformerSynced) bool { return !synced() })
}

// complete adds what is watched to the other listers.
func (o *owners) complete(c facts.Cluster) *facts.Cluster {
	if o.factory != nil {
		c.Deployments, c.Jobs = o.factory.Apps().V1().Deployments().Lister(), o.factory.Batch().V1().Jobs().Lister()
	}
	return &c
}
