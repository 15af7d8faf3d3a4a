package main

import (
	"fmt"
	"io"
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

// print writes the table of claims, each with what was seen under it.
func (c claims) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\n     claim\n     → seen\n\n")
	for _, one := range c {
		mark := "ok"
		if !one.kept {
			mark = "NO"
		}
		_, _ = fmt.Fprintf(w, " %s  %s\n     → %s\n", mark, one.text, one.seen)
	}
	_, _ = fmt.Fprintln(w)
}
