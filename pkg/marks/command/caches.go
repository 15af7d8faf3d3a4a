package command

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// caches are of what is read, by those who stand by too.
type caches struct {
	nodes, state informers.SharedInformerFactory
	namespace    string
	filled       atomic.Bool
}

func (o *options) caches(client kubernetes.Interface) *caches {
	return &caches{
		namespace: o.common.namespace,
		nodes:     informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(o.common.owner().Slim)),
		state: informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(o.common.namespace),
			informers.WithTweakListOptions(func(l *metav1.ListOptions) { l.LabelSelector = state.Selector(door.StateOf(o.common.release)) })),
	}
}

// fill returns once they are filled, or ctx has ended.
func (c *caches) fill(ctx context.Context) (corelisters.NodeLister, corelisters.ConfigMapNamespaceLister) {
	nodes, stored := c.nodes.Core().V1().Nodes(), c.state.Core().V1().ConfigMaps()
	nodes.Informer()
	stored.Informer()
	for _, factory := range []informers.SharedInformerFactory{c.nodes, c.state} {
		factory.Start(ctx.Done())
		factory.WaitForCacheSync(ctx.Done())
	}
	c.filled.Store(ctx.Err() == nil)
	return nodes.Lister(), stored.Lister().ConfigMaps(c.namespace)
}

// Name is that of the check that fails until they are filled.
func (c *caches) Name() string { return "caches" }

// Check is of /readyz: an upgrade waits for a process that can read.
func (c *caches) Check(*http.Request) error {
	if !c.filled.Load() {
		return errors.New("the nodes and the scheduler's state have not been read yet; the log says why where they cannot be")
	}
	return nil
}
