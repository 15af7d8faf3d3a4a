package evaluator

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// loop waits for something to happen and ticks. Node changes are gathered for a
// moment; everything else is judged at once.
func (e *Evaluator) loop(ctx context.Context) {
	loaded := e.opts.Rules.Loaded()
	var gathered <-chan time.Time
	for {
		e.tick(ctx)
		idle := time.NewTimer(e.untilNextTick(time.Now()))
		for due := false; !due; {
			due = true
			select {
			case <-ctx.Done():
				idle.Stop()
				return
			case <-idle.C:
			case <-gathered:
				gathered = nil
			case <-loaded:
				loaded = nil
			case <-e.opts.Rules.Changed():
				e.keepTexts()
			case r := <-e.collected:
				e.take(ctx, r)
			case <-e.led:
				e.changeTerm()
			case <-e.nodesMoved:
				if gathered == nil {
					gathered = time.After(nodeDebounce)
				}
				due = false
			}
		}
		idle.Stop()
	}
}

// untilNextTick is the base interval, or less where a pause ends before.
func (e *Evaluator) untilNextTick(now time.Time) time.Duration {
	until := e.opts.Rules.Set().Pause.Until
	if left := until.Sub(now); !until.IsZero() && left > 0 {
		return min(left, e.opts.Interval)
	}
	return e.opts.Interval
}

// tick makes one Board and tells everybody.
func (e *Evaluator) tick(ctx context.Context) {
	began := time.Now()
	set := e.opts.Rules.Set()
	nodes := e.engineNodes()
	board, transitions := e.engine.Advance(began, set, nodes, e.samples(began, set, nodes))
	e.board.Store(board)
	e.tell(board, transitions)
	tickDuration.Observe(time.Since(began).Seconds())
	e.markReady(ctx)
	e.announce(set, board, transitions)
	if len(transitions) > 0 {
		e.keepPhases()
	}
}

func (e *Evaluator) tell(board *engine.Board, transitions []engine.Transition) {
	e.mu.Lock()
	subscribers := e.subscribers
	e.mu.Unlock()
	for _, s := range subscribers {
		s(board, transitions)
	}
}

func (e *Evaluator) markReady(ctx context.Context) {
	if e.isReady || !e.everythingSeen() {
		return
	}
	e.isReady = true
	close(e.ready)
	klog.FromContext(ctx).Info("The first Board is there", "rules", len(e.opts.Rules.Set().Rules))
}

func (e *Evaluator) everythingSeen() bool {
	for _, h := range e.sources {
		if !h.seen {
			return false
		}
	}
	select {
	case <-e.opts.Rules.Loaded():
		return true
	default:
		return false
	}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
