// Command burst creates many pods at once on a control plane of real parts, and
// counts for how long nodes truly use more than a rule allows, although the metric
// that the rule looks at averages over minutes. It compares telemetry-scheduler with
// the plain scheduler: the same program, and a profile without the plugin.
//
// Nothing is asserted. It prints a table in Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
)

// options are what the command line says.
type options struct {
	scenarios, schedulers string
	pairs                 int
	seed                  uint64
	// short ends each turn once all pods are bound. As nobody leaves, the books are the
	// same as if nodes were looked at until the end.
	short bool
}

func main() {
	var o options
	flag.StringVar(&o.scenarios, "scenarios", "minute,five-minutes", "which scenarios, with commas: minute, five-minutes")
	flag.StringVar(&o.schedulers, "schedulers", "plain,ours", "which schedulers in turn, with commas: plain, ours, ours-low")
	flag.IntVar(&o.pairs, "pairs", 1, "how often each scheduler has its turn, with another load each time")
	flag.Uint64Var(&o.seed, "seed", 1, "of the first load")
	flag.BoolVar(&o.short, "short", false, "end each turn once all pods are bound; the books go on to the end as if they stayed")
	flag.Parse()
	turn.Main("burst", func(ctx context.Context) error { return bench(ctx, o) })
}

// bench runs everything in turn, and prints what was measured even if it breaks off.
func bench(ctx context.Context, o options) error {
	var rows []row
	defer func() { printTable(os.Stdout, rows) }()
	for name := range strings.SplitSeq(o.scenarios, ",") {
		s, found := scenarios[name]
		if !found {
			return fmt.Errorf("there is no scenario %q", name)
		}
		for pair := range o.pairs {
			more, err := turns(ctx, s, o, o.seed+uint64(pair))
			rows = append(rows, more...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// turns runs a scenario under each scheduler with the same load.
func turns(ctx context.Context, s scenario, o options, seed uint64) (rows []row, err error) {
	l := s.load(seed)
	fmt.Fprintf(os.Stderr, "%s, seed %d: %s\n", s.title, seed, l.summary())
	for name := range strings.SplitSeq(o.schedulers, ",") {
		r, err := takeTurn(ctx, s, l, name, o.short)
		if err != nil {
			return rows, fmt.Errorf("%s under %s: %w", s.title, name, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
