package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Paint colours text, or leaves it as it is: the zero value does.
type Paint struct{ on bool }

// paintFor colours what a person reads on a terminal, unless NO_COLOR or TERM forbid
// it; see https://no-color.org.
func paintFor(out io.Writer) Paint {
	file, isFile := out.(*os.File)
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	return Paint{on: isFile && !plain && term.IsTerminal(int(file.Fd()))}
}

func (p Paint) wrap(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is for what a reader looks for first.
func (p Paint) Bold(text string) string { return p.wrap("1", text) }

// Faint is for what may be passed over.
func (p Paint) Faint(text string) string { return p.wrap("2", text) }

// Red is for what is wrong.
func (p Paint) Red(text string) string { return p.wrap("31", text) }

// Yellow is for what deserves a look.
func (p Paint) Yellow(text string) string { return p.wrap("33", text) }

// Green is for what is well.
func (p Paint) Green(text string) string { return p.wrap("32", text) }
