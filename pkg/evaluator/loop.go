package evaluator

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// loop ticks whenever something has happened that may change a verdict.
func (e *Evaluator) loop(ctx context.Context) {
	e.loaded = e.opts.Rules.Loaded()
	for {
		loaded := e.rulesLoaded() // before the rules are taken: those that come meanwhile are the next tick's
		set := e.opts.Rules.Set()
		e.follow(ctx, set)
		if e.mayJudge(set, loaded) {
			e.tick(ctx, set, loaded)
		}
		if !e.await(ctx) {
			return
		}
	}
}

// mayJudge reports whether there is enough for a Board. The first one waits for
// the rules and for one reading of every source, because what is stored of a rule
// that is not there yet would be forgotten, and a Pending pair about which nothing
// is known begins anew. Where the rules cannot be read, those of the former run do.
func (e *Evaluator) mayJudge(set *rules.RuleSet, loaded bool) bool {
	if e.board.Load() != nil {
		return true
	}
	return e.allRead() && (loaded || len(set.Rules) > 0)
}

func (e *Evaluator) allRead() bool {
	for _, h := range e.sources {
		if !h.seen && len(e.wanted(h.source)) > 0 {
			return false
		}
	}
	return true
}

func (e *Evaluator) rulesLoaded() bool {
	select {
	case <-e.opts.Rules.Loaded():
		return true
	default:
		return false
	}
}

// await takes in one thing that calls for a tick. It returns false at the end of
// ctx. Node changes are gathered for a moment; everything else is judged at once.
func (e *Evaluator) await(ctx context.Context) bool {
	idle := time.NewTimer(e.untilNextTick(time.Now()))
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-e.nodesMoved:
			e.gather(nodeDebounce)
			continue
		case <-e.released():
			e.gather(releaseDebounce)
			continue
		case <-e.gathered:
			e.gathered = nil
		case <-e.loaded:
			e.loaded = nil
		case <-e.opts.Rules.Changed():
			e.keepTexts()
		case r := <-e.collected:
			e.take(ctx, r)
		case <-e.led:
			e.changeTerm()
		case <-idle.C:
		}
		return true
	}
}

// gather lets more of the same become one tick.
func (e *Evaluator) gather(debounce time.Duration) {
	if e.gathered == nil {
		e.gathered = time.After(debounce)
	}
}

// released receives a value after a pod in flight that a Board counted was gone.
func (e *Evaluator) released() <-chan struct{} {
	if e.opts.InFlight == nil {
		return nil
	}
	return e.opts.InFlight.Released()
}

// untilNextTick is the base interval, or less where a pause or silence ends before.
func (e *Evaluator) untilNextTick(now time.Time) time.Duration {
	pause, wait := e.opts.Rules.Set().Pause, e.opts.Interval
	ends := []time.Time{pause.Until}
	for i := range pause.Silences {
		ends = append(ends, pause.Silences[i].Until)
	}
	for _, until := range ends {
		if left := until.Sub(now); !until.IsZero() && left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

// tick makes one Board and tells everybody.
func (e *Evaluator) tick(ctx context.Context, set *rules.RuleSet, loaded bool) {
	began := time.Now()
	ctx, span := e.startTick(ctx)
	defer span.End()
	board, transitions := e.judge(ctx, began, set)
	e.publish(ctx, set, board, transitions)
	tickDuration.Observe(time.Since(began).Seconds())
	logTick(klog.FromContext(ctx), board, transitions, time.Since(began))
	if loaded {
		e.markReady(ctx, len(set.Rules))
	}
	e.announce(ctx, set, board, transitions)
	e.announceFaults()
	e.keepPhases(began, len(transitions) > 0)
	e.keepMarks(began, board)
}

// judge evaluates all rules on all nodes.
func (e *Evaluator) judge(ctx context.Context, now time.Time, set *rules.RuleSet) (*engine.Board, []engine.Transition) {
	_, span := e.opts.Tracer.Start(ctx, spanEvaluate)
	defer span.End()
	nodes := e.engineNodes(e.flights(now, set))
	board, transitions := e.engine.Advance(now, set, nodes, e.samples(now, set, nodes))
	span.SetAttributes(attrRules.Int(len(set.Rules)), attrNodes.Int(len(nodes)), attrTransitions.Int(len(transitions)))
	return board, transitions
}

// publish puts a Board in force.
func (e *Evaluator) publish(ctx context.Context, set *rules.RuleSet, board *engine.Board, transitions []engine.Transition) {
	_, span := e.opts.Tracer.Start(ctx, spanPublish)
	defer span.End()
	if e.board.Swap(board) == nil {
		e.first = board.At
	}
	e.publishHealth(set)
	e.tell(board, transitions)
}

func (e *Evaluator) tell(board *engine.Board, transitions []engine.Transition) {
	e.mu.Lock()
	subscribers := e.subscribers
	e.mu.Unlock()
	for _, s := range subscribers {
		s(board, transitions)
	}
}

func (e *Evaluator) markReady(ctx context.Context, count int) {
	if e.isReady {
		return
	}
	e.isReady = true
	close(e.ready)
	klog.FromContext(ctx).Info("The first Board is there", "inForce", count)
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
