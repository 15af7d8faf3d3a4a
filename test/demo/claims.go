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

func (c claims) print(w io.Writer) {
	width := 0
	for _, one := range c {
		width = max(width, len([]rune(one.text)))
	}
	_, _ = fmt.Fprintf(w, "\n    %s   seen\n", pad("claim", width))
	for _, one := range c {
		mark := "ok"
		if !one.kept {
			mark = "NO"
		}
		_, _ = fmt.Fprintf(w, " %s %s   %s\n", mark, pad(one.text, width), one.seen)
	}
	_, _ = fmt.Fprintln(w)
}

// pad fills a text up with spaces.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len([]rune(text))))
}
