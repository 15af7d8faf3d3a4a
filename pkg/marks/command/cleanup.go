package command

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
)

// callTimeout bounds each call that is not a watch.
const callTimeout = 15 * time.Second

// cleanup takes everything of ours away.
func (c *common) cleanup(ctx context.Context, out io.Writer) error {
	client, err := c.client(callTimeout)
	if err != nil {
		return err
	}
	return c.clean(ctx, client.CoordinationV1(), client.CoreV1().Nodes(), out)
}

// clean does so while nobody marks, which it sees to for as long as it takes and afterwards.
func (c *common) clean(ctx context.Context, leases coordinationv1client.LeasesGetter, nodes corev1client.NodeInterface, out io.Writer) error {
	if err := c.alone(ctx, leases); err != nil {
		return err
	}
	letGo := c.keep(ctx, leases)
	cleaned, err := marks.Clean(ctx, nodes, c.owner())
	letGo()
	if err != nil {
		return fmt.Errorf("%d nodes were cleaned: %w", cleaned, err)
	}
	// From here on counts how long the lease is kept.
	if _, err := c.seize(ctx, leases, time.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "No node has a mark of %s any more; %d had one.\n", c.release, cleaned)
	return err
}

// alone takes the lease, and returns once whoever had it stands still.
func (c *common) alone(ctx context.Context, leases coordinationv1client.LeasesGetter) error {
	pause, err := c.seize(ctx, leases, time.Now())
	if err == nil && pause > 0 {
		klog.FromContext(ctx).Info("Waiting until whoever marks nodes has noticed that it must not any more", "wait", pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return err
}

// keep renews the lease, which many nodes outlast, until it is let go.
func (c *common) keep(ctx context.Context, leases coordinationv1client.LeasesGetter) (letGo func()) {
	ctx, end := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			if _, err := c.seize(ctx, leases, time.Now()); err != nil && ctx.Err() == nil {
				klog.FromContext(ctx).Error(err, "The lease cannot be renewed; it is tried again")
			}
		}, afterwards/6)
	})
	return func() { end(); renewing.Wait() }
}
