package top

import (
	"context"
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// follow looks again and again until ctx ends. What fails the first time ends it; later
// that is said, and the next leader is looked for.
func (o *options) follow(ctx context.Context, nodes []string) error {
	w := &watcher{options: o, nodes: nodes}
	defer w.close()
	for first := true; ; first = false {
		v, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (first || !ask.Silent(err)):
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

// watcher holds the connection between two looks.
type watcher struct {
	*options
	nodes []string
	api   connection
}

func (w *watcher) look(ctx context.Context) (*view, error) {
	if w.api == nil {
		api, err := w.connect(ctx)
		if err != nil {
			return nil, err
		}
		w.api = api
	}
	v, err := w.options.look(ctx, w.api, w.nodes)
	if err != nil {
		w.close()
	}
	return v, err
}

func (w *watcher) close() {
	if w.api != nil {
		w.api.Close()
		w.api = nil
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
		fmt.Fprint(w.env.Out, "\x1b[H\x1b[2J")
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
