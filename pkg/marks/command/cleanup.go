package command

import (
	"context"
	"fmt"
	"io"
	"time"

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
	leases := client.CoordinationV1().Leases(c.namespace)
	wait, err := c.seize(ctx, leases, time.Now())
	if err != nil {
		return err
	}
	if wait > 0 {
		klog.FromContext(ctx).Info("Waiting until whoever marks nodes has noticed that it must not any more", "wait", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	cleaned, err := marks.Clean(ctx, client.CoreV1().Nodes(), c.owner())
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
