package top

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// follow looks again and again until ctx ends. What fails the first time ends it; later
// that is said, and it goes on.
func (o *options) follow(ctx context.Context, nodes []string) error {
	w := &watcher{options: o, nodes: nodes}
	defer w.close()
	silent := false
	for first := true; ; first = false {
		v, err := w.look(ctx, first || silent)
		silent = ask.Silent(err)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (first || !silent):
			return err
		case err != nil:
			fmt.Fprintf(o.env.ErrOut, "%v; going on\n", err)
		default:
			if err := w.draw(v, first); err != nil {
				return err
			}
		}
		if !wait(ctx, o.interval) {
			return nil
		}
	}
}

// untilInterrupted ends a context with the first Ctrl-C. The second one ends the program,
// whatever it waits for.
func untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// wait reports whether the time passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// watcher holds connections between two looks: to the scheduler, or to who stands in for
// it.
type watcher struct {
	*options
	nodes     []string
	api, here connection
	// alone is set once nobody could stand in.
	alone bool
}

// look asks the scheduler, whoever answered the last time. Where it does not answer, and
// that is patience enough, who stands in for it does.
func (w *watcher) look(ctx context.Context, enough bool) (*view, error) {
	v, err := w.ask(ctx)
	switch {
	case err == nil:
		end(&w.here)
	case ask.Silent(err) && (enough || w.here != nil) && !w.alone:
		return w.lookHere(ctx, err)
	}
	return v, err
}

func (w *watcher) ask(ctx context.Context) (*view, error) {
	if w.api == nil {
		api, err := w.connect(ctx)
		if err != nil {
			return nil, err
		}
		w.api = api
	}
	v, err := w.options.look(ctx, w.api, w.nodes)
	if err != nil {
		end(&w.api)
	}
	return v, err
}

// lookHere asks who stands in, and has one come where there is none yet. That is tried
// once: it may take rights that the caller has not.
func (w *watcher) lookHere(ctx context.Context, why error) (*view, error) {
	if w.here == nil {
		here, err := w.standIn(ctx, why)
		if err != nil {
			w.alone = true
			return nil, fmt.Errorf("%w; and nobody can stand in for it: %w", why, err)
		}
		w.here = here
	}
	return w.options.look(ctx, w.here, w.nodes)
}

func (w *watcher) close() {
	end(&w.api)
	end(&w.here)
}

// end closes a connection that there is.
func end(c *connection) {
	if *c != nil {
		(*c).Close()
		*c = nil
	}
}

// around is how many lines stand around the nodes on a screen, the last one empty.
const around = 5

// draw redraws a screen; elsewhere it goes on below, under the time.
func (w *watcher) draw(v *view, first bool) error {
	p := w.page()
	_, height, screen := cli.Screen(w.env.Out)
	switch table := w.output.Format() == cli.TableFormat || p.wide; {
	case !table:
	case screen:
		if err := cli.Clear(w.env.Out); err != nil {
			return err
		}
		if room := height - around; room > 0 && !w.limited {
			p.limit = room
		}
	case !first:
		fmt.Fprintln(w.env.Out)
		fallthrough
	default:
		fmt.Fprintln(w.env.Out, p.now.UTC().Format(time.RFC3339))
	}
	return w.print(v, p)
}
