package testbed

import (
	"context"
	"fmt"
	"strconv"
)

// StartMarks starts what marks nodes, and returns once it is healthy. It may not lead yet.
func (b *Bed) StartMarks(ctx context.Context, name, kubeconfig string, args ...string) (*RunningScheduler, error) {
	b.progress(name)
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args = append([]string{"marks", "--kubeconfig=" + kubeconfig, "--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port), "-v=2"}, args...)
	process, err := b.run(name, "telemetry-scheduler", args...)
	if err != nil {
		return nil, err
	}
	running := &RunningScheduler{Process: process, URL: fmt.Sprintf("https://127.0.0.1:%d", port)}
	if running.client, err = b.schedulerClient(); err != nil {
		return nil, err
	}
	return running, process.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		_, err := running.get(ctx, "/livez")
		return err
	})
}
