package testbed

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// startIdle starts a part that does nothing until it is ended.
func startIdle(t *testing.T, ctx context.Context) *Process {
	t.Helper()
	p, err := start(ctx, t.TempDir(), "idle", "/bin/sh", "-c", "exec tail -f /dev/null")
	must(t, err)
	t.Cleanup(p.Kill)
	return p
}

func TestAPartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := startIdle(t, ctx)
	cancel()
	p.Wait()
}

func TestARestartedPartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := startIdle(t, ctx)
	must(t, p.Restart())
	cancel()
	p.Wait()
}

func TestAPartRestartedTooLateEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := startIdle(t, ctx)
	cancel()
	must(t, p.Restart())
	p.Wait()
}

func TestAPausedPartCanBeEnded(t *testing.T) {
	p := startIdle(t, t.Context())
	p.Pause()
	p.Kill()
	if p.Running() {
		t.Error("it still runs")
	}
}

func TestAPartThatEndsSaysWhy(t *testing.T) {
	p, err := start(t.Context(), t.TempDir(), "liar", "/bin/sh", "-c", "echo the disk is full; exit 3")
	must(t, err)
	err = p.untilReady(t.Context(), time.Minute, func(context.Context) error { return errors.New("nobody answers") })
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("the error is %v, and should hold the end of the log", err)
	}
}

func TestAnInterruptedWaitShowsNoLog(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := start(ctx, t.TempDir(), "talker", "/bin/sh", "-c", "echo all is well; exec tail -f /dev/null")
	must(t, err)
	err = p.untilReady(ctx, time.Minute, func(context.Context) error {
		if strings.Contains(p.Log(), "well") {
			cancel()
		}
		return errors.New("nobody answers")
	})
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "all is well") {
		t.Errorf("the error is %v, and should only say that it was interrupted", err)
	}
	p.Wait()
}

func TestPortsAreNeverGivenTwice(t *testing.T) {
	ports, err := freePorts(200)
	must(t, err)
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] {
			t.Errorf("port %d was given twice", port)
		}
		seen[port] = true
	}
}
