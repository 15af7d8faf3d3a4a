package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row is one node as the API server and the source of its memory describe it.
type row struct {
	name   string
	memory float64 // percent of allocatable
	pods   int
}

// view is all that the table shows at one time.
type view struct {
	rows []row
	// source names where the memory was read, which the scheduler reads too.
	source string
	line   float64 // percent of memory above which the rule blocks
	// firing is on how many nodes each rule fires, by the scheduler's own metric;
	// nil while it does not answer.
	firing map[string]int
}

// Parts of the table's lines, in columns of the terminal.
const (
	margin = 1 // left of everything
	gap    = 2 // between two nodes
	// besideBar is what a node takes besides its name and its bar.
	besideBar   = 20
	shortestBar = len("memory")
)

// table shows the nodes side by side in two columns, or below each other where
// the terminal is too narrow for that. The bars are as long as the width allows.
func table(v view, width int) []string {
	name := nameWidth(v.rows)
	columns, bar := 2, barFor(2, name, width)
	if bar < shortestBar {
		columns, bar = 1, max(shortestBar, barFor(1, name, width))
	}
	out := []string{"", words(v.wordOfMetrics()), words(v.wordOfScheduler()), heading(columns, name, bar)}
	half := (len(v.rows) + columns - 1) / columns
	for i := range half {
		var cells []string
		for j := i; j < len(v.rows); j += half {
			cells = append(cells, v.cell(v.rows[j], name, bar))
		}
		out = append(out, words(cells...))
	}
	return append(out, "")
}

// barFor returns how long a bar can be beside a name. It leaves the terminal's
// last column free: some wrap what ends there.
func barFor(columns, name, width int) int {
	return (width-1-margin-gap*(columns-1))/columns - name - besideBar
}

func nameWidth(rows []row) int {
	longest := len("node")
	for _, r := range rows {
		longest = max(longest, len(r.name))
	}
	return longest
}

// words makes a line of the table.
func words(cells ...string) string {
	return strings.TrimRight(strings.Repeat(" ", margin)+strings.Join(cells, strings.Repeat(" ", gap)), " ")
}

func heading(columns, name, bar int) string {
	one := cell(name, "node", fmt.Sprintf("%-*s", bar, "memory"), "", "pods", "")
	return words(slices.Repeat([]string{one}, columns)...)
}

func (v view) cell(r row, name, bar int) string {
	mark := ""
	if r.memory > v.line {
		mark = "above"
	}
	full := max(0, min(bar, int(r.memory*float64(bar)/100)))
	drawn := strings.Repeat("█", full) + strings.Repeat("·", bar-full)
	return cell(name, r.name, drawn, fmt.Sprintf("%.0f %%", r.memory), fmt.Sprint(r.pods), mark)
}

func cell(width int, name, bar, memory, pods, mark string) string {
	return fmt.Sprintf("%-*s  %s%6s%5s  %-5s", width, name, bar, memory, pods, mark)
}

// wordOfMetrics says where the bars and their marks come from.
func (v view) wordOfMetrics() string {
	above := 0
	for _, r := range v.rows {
		if r.memory > v.line {
			above++
		}
	}
	return fmt.Sprintf("%-16s%d of %d nodes above the rule's %.0f %% memory", v.source+":", above, len(v.rows), v.line)
}

// wordOfScheduler says on how many nodes it has its rules fire. That may be a
// moment behind the source, which it reads every two seconds.
func (v view) wordOfScheduler() string {
	switch {
	case v.firing == nil:
		return "scheduler:      does not answer"
	case len(v.firing) == 0:
		return "scheduler:      no rule judges any node yet"
	}
	var each []string
	for _, rule := range slices.Sorted(maps.Keys(v.firing)) {
		each = append(each, fmt.Sprintf("rule %s fires on %d", rule, v.firing[rule]))
	}
	return "scheduler:      " + strings.Join(each, ", ")
}
