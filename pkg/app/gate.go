package app

import (
	"context"
	"sync"
	"time"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// gate stands before the first pod. The scheduler asks for it once this replica
// leads, so the gate knows leadership, and holding the call back until there is a
// Board leaves the pods untouched: no Event, no condition, no backoff.
type gate struct {
	next nextEntity
	// ready is closed once there is a Board to go by.
	ready <-chan struct{}
	// timeout bounds the waiting: without telemetry pods are scheduled all the same.
	timeout time.Duration
	// led is closed when leadership begins.
	led  chan struct{}
	once sync.Once
	open bool
	// over is closed when the scheduler's queue is: this replica places no pod any more.
	over chan struct{}
	ends sync.Once
}

type nextEntity func(klog.Logger) (framework.QueuedEntityInfo, error)

// newGate puts a gate before a scheduler that does not run yet.
func newGate(ctx context.Context, sched *scheduler.Scheduler, ready <-chan struct{}, timeout time.Duration) *gate {
	g := &gate{next: sched.NextEntity, ready: ready, timeout: timeout, led: make(chan struct{}), over: make(chan struct{})}
	sched.NextEntity = func(logger klog.Logger) (framework.QueuedEntityInfo, error) {
		g.once.Do(func() { g.begin(ctx) })
		if !g.open {
			// This replica ends; the pods are for its successor. The scheduler's own end
			// follows, and takes no notice of a call that is under way.
			<-time.After(farewell)
			return nil, nil
		}
		entity, err := g.next(logger)
		if entity == nil && err == nil {
			g.ends.Do(func() { close(g.over) })
		}
		return entity, err
	}
	return g
}

// begin waits for the first Board, not longer than allowed. The gate stays closed
// where ctx ends before.
func (g *gate) begin(ctx context.Context) {
	began := time.Now()
	close(g.led)
	logger := klog.FromContext(ctx)
	timer := time.NewTimer(g.timeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-g.ready:
		logger.Info("This replica leads; scheduling begins with telemetry", "waited", time.Since(began))
	case <-timer.C:
		logger.Error(nil, "There is no first evaluation of telemetry yet; scheduling begins, and rules block nothing until there is one", "startTimeout", g.timeout)
	}
	g.open = true
	startWait.Set(time.Since(began).Seconds())
}
