package main

import (
	"fmt"
	"io"
	"strings"
)

// claim is one thing that the product promises.
type claim struct {
	text string
	// seen says what was seen, with its number; empty while nothing was.
	seen string
	kept bool
}

// claims are all promises of the story, in its order.
type claims []*claim

// add makes a promise that is not kept yet.
func (c *claims) add(text string) *claim {
	made := &claim{text: text, seen: "not reached"}
	*c = append(*c, made)
	return made
}

// keep notes what was seen, and whether it is what was promised.
func (c *claim) keep(kept bool, format string, args ...any) {
	c.kept, c.seen = kept, fmt.Sprintf(format, args...)
}

func (c claims) allSeen() bool {
	for _, one := range c {
		if !one.kept {
			return false
		}
	}
	return len(c) > 0
}

// seenIndent is what stands before the text of what was seen.
const seenIndent = 7

// print writes the table of claims, each with what was seen under it: as few lines
// as can be, for a terminal of 24. Lines break at a width; 0 is none.
func (c claims) print(w io.Writer, width int) {
	_, _ = fmt.Fprintln(w)
	for _, one := range c {
		mark := "ok"
		if !one.kept {
			mark = "NO"
		}
		for _, line := range []string{" " + mark + "  " + one.text, "     → " + one.seen} {
			_, _ = fmt.Fprintln(w, broken(line, width))
		}
	}
	_, _ = fmt.Fprintln(w)
}

// broken breaks a line of the table.
func broken(line string, width int) string {
	if width == 0 {
		return line
	}
	return strings.Join(wrap(line, width-1, seenIndent), "\n")
}
