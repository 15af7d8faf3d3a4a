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
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	outliveReaders()
	err := demo(ctx, os.Getenv("KEEP") == "1")
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// endings are the signals that end the demo: Ctrl-C, what kill sends, and the end
// of the terminal, unless it was started to outlive that.
func endings() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// outliveReaders makes a write that nobody reads any more fail, as Ctrl-C leaves
// it in a pipe. By default it would end the demo before it has cleaned up.
func outliveReaders() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

var (
	errNotSeen     = errors.New("not every claim was seen")
	errInterrupted = errors.New("interrupted; everything that it started is stopped and removed")
)

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
		return orInterrupted(ctx, fmt.Errorf("setting up: %w", err))
	}
	defer stage.bed.Stop()
	claims, err := stage.tell(ctx)
	screen.end()
	if ctx.Err() != nil {
		return errInterrupted
	}
	claims.print(os.Stdout, screen.width())
	if keep {
		stage.keep(ctx)
	} else {
		fmt.Println(keepHint)
	}
	return verdict(claims, err)
}

// orInterrupted is for what broke off: after an interruption, how says nothing.
func orInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// verdict is nil only for a story that was told to its end and all seen.
func verdict(c claims, err error) error {
	if err == nil && !c.allSeen() {
		return errNotSeen
	}
	return err
}
