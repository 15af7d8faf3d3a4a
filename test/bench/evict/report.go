package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
)

// row is what became of one turn.
type row struct {
	seed uint64
	who  string
	drift.Outcome
}

const head = "| seed | who | evictions | nodes cooled | evictions a cooled node | node-minutes above 90 % | nodes ever above | pods moved twice | back where they were | longest pending |\n|---|---|---|---|---|---|---|---|---|---|"

func (r row) String() string { return r.line(fmt.Sprint(r.seed)) }

func (r row) line(seed string) string {
	each := "–"
	if r.Cooled > 0 {
		each = fmt.Sprintf("%.1f", r.Each())
	}
	pending := fmt.Sprintf("%.1f s", r.Longest.Seconds())
	if r.Pending > 0 {
		pending += fmt.Sprintf(", %d still", r.Pending)
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %s | %.1f | %d | %d | %d | %s |", seed, r.who, r.Evictions, r.Cooled, each, r.Minutes, r.Above, r.Twice, r.Back, pending)
}

// printTables prints all turns, and the median of each number where a contender had several.
func printTables(w io.Writer, rows []row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w, head)
	for _, r := range rows {
		fmt.Fprintln(w, r)
	}
	if medians := mediansOf(rows); len(medians) < len(rows) {
		fmt.Fprintf(w, "\nMedians:\n\n%s\n", head)
		for _, r := range medians {
			fmt.Fprintln(w, r.line("all"))
		}
	}
}

// mediansOf takes each number of a contender for itself, in the order in which contenders
// came.
func mediansOf(rows []row) (out []row) {
	for i := range rows {
		if slices.ContainsFunc(out, func(r row) bool { return r.who == rows[i].who }) {
			continue
		}
		var of []drift.Outcome
		for j := range rows {
			if rows[j].who == rows[i].who {
				of = append(of, rows[j].Outcome)
			}
		}
		out = append(out, row{who: rows[i].who, Outcome: median(of)})
	}
	return out
}

func median(of []drift.Outcome) drift.Outcome {
	return drift.Outcome{
		Minutes: middle(of, func(o drift.Outcome) float64 { return o.Minutes }), Above: middle(of, func(o drift.Outcome) int { return o.Above }),
		Evictions: middle(of, func(o drift.Outcome) int { return o.Evictions }), Twice: middle(of, func(o drift.Outcome) int { return o.Twice }),
		Back: middle(of, func(o drift.Outcome) int { return o.Back }), Cooled: middle(of, func(o drift.Outcome) int { return o.Cooled }),
		Longest: middle(of, func(o drift.Outcome) time.Duration { return o.Longest }), Pending: middle(of, func(o drift.Outcome) int { return o.Pending }),
	}
}

// middle returns the median; of an even number the lower one of the two.
func middle[T cmp.Ordered](of []drift.Outcome, number func(drift.Outcome) T) T {
	all := make([]T, len(of))
	for i := range of {
		all[i] = number(of[i])
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
