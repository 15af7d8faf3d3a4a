// Package turn is what benchmarks share in which several contenders take turns, each on a
// control plane of its own.
package turn

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// Main runs a benchmark until it is done or interrupted, and ends the process with 1 where
// it failed.
func Main(name string, bench func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Say tells how far a turn is.
func Say(format string, args ...any) { fmt.Fprintf(os.Stderr, "  "+format+"\n", args...) }

// writers are how many write to the API server side by side.
const writers = 8

// Each does something for each number below a count, several at a time. Who fails leaves the
// rest of its share undone; the error is that of one of them.
func Each(count int, do func(int) error) error {
	var group sync.WaitGroup
	failed := make(chan error, writers)
	for first := range writers {
		group.Go(func() {
			for i := first; i < count; i += writers {
				if err := do(i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(failed)
	return <-failed
}

// OnABed starts a control plane for one turn, and takes it and its data away afterwards.
func OnABed(ctx context.Context, who string, take func(*testbed.Bed) error) error {
	dir, err := os.MkdirTemp("", "telemetry-scheduler-turn-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	Say("%s: starting a control plane", who)
	bed, err := testbed.Start(ctx, testbed.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer bed.Stop()
	return take(bed)
}
