// Command demo tells the main story of telemetry-scheduler on real parts: a
// control plane, nodes whose memory really fills up, and the scheduler under its
// own account. It ends with a table of what was claimed and what was seen, and
// with 0 only if every claim was seen.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := demo(ctx, os.Getenv("KEEP") == "1")
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

var errNotSeen = errors.New("not every claim was seen")

// demo runs everything and cleans up after itself, however it ends.
func demo(ctx context.Context, keep bool) error {
	dir, err := os.MkdirTemp("", "telemetry-scheduler-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	screen := newScreen(os.Stdout)
	stage, err := setUp(ctx, dir, screen)
	if err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	defer stage.bed.Stop()
	claims, err := stage.tell(ctx)
	screen.end()
	claims.print(os.Stdout)
	if keep && ctx.Err() == nil {
		stage.keep(ctx)
	}
	switch {
	case err != nil:
		return err
	case !claims.allSeen():
		return errNotSeen
	}
	return nil
}
