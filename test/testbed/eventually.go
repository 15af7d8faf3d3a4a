package testbed

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollInterval is how often Eventually looks.
const pollInterval = 50 * time.Millisecond

// Eventually calls check until it returns nil or ctx ends; then the last answer
// that it gave by itself is the error.
func Eventually(ctx context.Context, check func(context.Context) error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	last := errors.New("it was never asked")
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
		case <-ticker.C:
		}
	}
}

// Within is Eventually with a bound of its own.
func Within(ctx context.Context, bound time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	return Eventually(ctx, check)
}
