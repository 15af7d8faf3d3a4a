package testbed

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Eventually waits so long between two looks. Who waits for long looks less often:
// many wait side by side, and each look costs the machine that they wait for.
const shortestPause, longestPause = 50 * time.Millisecond, 500 * time.Millisecond

// pause is a tenth of what was waited so far, within the bounds.
func pause(waited time.Duration) time.Duration {
	return min(max(waited/10, shortestPause), longestPause)
}

// Eventually calls check until it returns nil or ctx ends; then the last answer
// that it gave by itself is the error.
func Eventually(ctx context.Context, check func(context.Context) error) error {
	began, last := time.Now(), errors.New("it was never asked")
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", last, context.Cause(ctx))
		case <-time.After(pause(time.Since(began))):
		}
	}
}

// Within is Eventually with a bound of its own.
func Within(ctx context.Context, bound time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	return Eventually(ctx, check)
}
