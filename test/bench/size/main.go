// Command size runs the scheduler, and what marks nodes, on a control plane of real parts with
// many nodes and pods, and prints how much memory each of them held at most: what the limits of
// the chart go by.
//
// Nobody runs the nodes and pods: they are objects as large as real ones, and a real Prometheus
// scrapes this program for what they use. Nothing is asserted. It prints a table in Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// options are what the command line says.
type options struct {
	nodes, pods, arrive, rules int
	marks                      bool
	settle, hold               time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.nodes, "nodes", 1000, "how many nodes there are")
	flag.IntVar(&o.pods, "pods", 10_000, "how many pods run on them")
	flag.IntVar(&o.arrive, "arrive", 500, "how many pods more are to be placed, at once")
	flag.IntVar(&o.rules, "rules", 20, "how many rules there are, each with a query of its own and none of which fires, beside four that do")
	flag.BoolVar(&o.marks, "marks", true, "also run what marks nodes: the rules set two labels and a taint on each")
	flag.DurationVar(&o.settle, "settle", 10*time.Minute, "how long anything may take")
	flag.DurationVar(&o.hold, "hold", time.Minute, "for how long memory is watched when everything is in place")
	flag.Parse()
	turn.Main("size", func(ctx context.Context) error {
		return turn.OnABed(ctx, "size", func(bed *testbed.Bed) error { return o.measure(ctx, bed) })
	})
}

// measure fills the cluster, and starts one program after the other.
func (o *options) measure(ctx context.Context, bed *testbed.Bed) error {
	s := &stage{options: o, bed: bed}
	for _, step := range []func(context.Context) error{s.fill, s.watch, s.schedule, s.mark} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// print says how much memory a program holds and held.
func (s *stage) print(what string, p *testbed.Process) error {
	m, err := p.Memory()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "| %s | %d | %d | %.0f MB | %.0f MB |\n", what, s.nodes, s.pods, m.Now/1e6, m.Peak/1e6)
	return err
}
