package cli

import (
	"fmt"
	"io"
	"strings"

	"k8s.io/cli-runtime/pkg/printers"
)

// Column is one column of a table.
type Column struct {
	Name string
	// Wide columns are shown by -o wide alone.
	Wide bool
}

// Table is what people read: as kubectl's own.
type Table struct {
	Columns []Column
	rows    [][]string
}

// Add appends a row: one cell a column, those of wide columns included.
func (t *Table) Add(cells ...string) {
	if len(cells) != len(t.Columns) {
		panic(fmt.Sprintf("a row of %d cells in a table of %d columns", len(cells), len(t.Columns)))
	}
	t.rows = append(t.rows, cells)
}

// Write writes the table; wide shows the wide columns too.
func (t *Table) Write(out io.Writer, wide bool) error {
	aligned := printers.GetNewTabWriter(out)
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = strings.ToUpper(c.Name)
	}
	for _, row := range append([][]string{heads}, t.rows...) {
		fmt.Fprintln(aligned, strings.Join(t.shown(row, wide), "\t"))
	}
	return aligned.Flush()
}

// shown returns the cells of a row that are shown.
func (t *Table) shown(row []string, wide bool) []string {
	var out []string
	for i, cell := range row {
		if wide || !t.Columns[i].Wide {
			out = append(out, OneLine(cell))
		}
	}
	return out
}
