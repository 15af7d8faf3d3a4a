// Command evict lets the load of a cluster drift on a control plane of real parts, so that
// nodes become hot, and counts what moving pods does about it: the Kubernetes descheduler
// and telemetry-scheduler take turns on the same cluster and load. What that does where
// nobody evicts follows from the load alone, and takes no turn.
//
// Nothing is asserted. It prints a table in Markdown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
)

// options are what the command line says.
type options struct {
	contenders string
	load       string
	together   bool
	pairs      int
	seed       uint64
	length     time.Duration
	short      bool
	peer       peer
}

// firstSeed is of a load under which several nodes become hot. The turns that follow are
// those of the next seeds, whatever they bring.
const firstSeed = 3

// length is how long a turn is observed, shortLength with -short.
const (
	length      = 10 * time.Minute
	shortLength = 6 * time.Minute
)

func main() {
	var o options
	flag.StringVar(&o.contenders, "contenders", "descheduler,ours", "who takes turns, with commas: descheduler, descheduler-plain, ours")
	flag.StringVar(&o.load, "load", "skewed", "what pods use: skewed (few apps use most), or even (each as much as the next)")
	flag.BoolVar(&o.together, "together", false, "contenders take their turns side by side, in half of the time")
	flag.IntVar(&o.pairs, "pairs", 1, "how often each has its turn, with another load each time")
	flag.Uint64Var(&o.seed, "seed", firstSeed, "of the first load")
	flag.DurationVar(&o.length, "length", length, "how long a turn is observed")
	flag.BoolVar(&o.short, "short", false, fmt.Sprintf("observe %v only", shortLength))
	flag.DurationVar(&o.peer.interval, "descheduler-interval", best.interval, "of the Kubernetes descheduler: its --descheduling-interval")
	flag.IntVar(&o.peer.over, "descheduler-over", best.over, "of the Kubernetes descheduler: targetThresholds, percent of memory")
	flag.IntVar(&o.peer.under, "descheduler-under", best.under, "of the Kubernetes descheduler: thresholds, percent of memory")
	flag.IntVar(&o.peer.perNode, "descheduler-per-node", best.perNode, "of the Kubernetes descheduler: evictionLimits.node; 0 is none")
	flag.Parse()
	if o.short {
		o.length = shortLength
	}
	turn.Main("evict", func(ctx context.Context) error { return bench(ctx, o) })
}

// bench runs everything in turn, and prints what was measured even if it breaks off.
func bench(ctx context.Context, o options) error {
	spec, known := loads[o.load]
	if !known {
		return fmt.Errorf("there is no load %q", o.load)
	}
	var rows []row
	defer func() { printTables(os.Stdout, rows) }()
	for pair := range o.pairs {
		seed := o.seed + uint64(pair)
		l := drift.Draw(spec, seed)
		rows = append(rows, row{seed, "nobody evicts", drift.Judge(l, line, nil, o.length)})
		fmt.Fprintln(os.Stderr, rows[len(rows)-1])
		of, err := pairOf(ctx, o, l, seed)
		rows = append(rows, of...)
		if err != nil {
			return err
		}
	}
	return nil
}

// pairOf lets each contender take its turn with one load.
func pairOf(ctx context.Context, o options, l *drift.Load, seed uint64) ([]row, error) {
	names := strings.Split(o.contenders, ",")
	rows, errs := make([]row, len(names)), make([]error, len(names))
	var side sync.WaitGroup
	for i, name := range names {
		side.Go(func() {
			outcome, err := takeTurn(ctx, o, l, name)
			if err != nil {
				errs[i] = fmt.Errorf("seed %d, %s: %w", seed, name, err)
				return
			}
			rows[i] = row{seed, contenders[name].title, outcome}
			fmt.Fprintln(os.Stderr, rows[i])
		})
		if !o.together {
			side.Wait()
		}
	}
	side.Wait()
	return slices.DeleteFunc(rows, func(r row) bool { return r.who == "" }), errors.Join(errs...)
}
