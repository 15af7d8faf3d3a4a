package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// safe writes text to a terminal that others wrote: names, Events, what servers say. What
// would act upon the terminal, or turn the direction of writing, is escaped as JSON does it, so
// that JSON stays what it is. Ends of lines and tabs are left, and the colours of Paint
// where text is painted.
type safe struct {
	io.Writer
	painted bool
	rest    []byte // the beginning of a character whose end is not written yet
}

// colours are what Paint writes.
var colours = regexp.MustCompile("^\x1b\\[(0|1|2|31|32|33)m")

// Write implements io.Writer.
func (s *safe) Write(text []byte) (int, error) {
	in := append(s.rest, text...)
	s.rest = nil
	if utf8.Valid(in) && bytes.IndexFunc(in, acts) < 0 {
		_, err := s.Writer.Write(in)
		return len(text), err
	}
	var out []byte
	for len(in) > 0 {
		n, shown := s.next(in)
		if n == 0 {
			s.rest = in
			break
		}
		out, in = append(out, shown...), in[n:]
	}
	_, err := s.Writer.Write(out)
	return len(text), err
}

// next takes one character, or one colour, and returns how long it is and what is shown of
// it; 0 where its end is missing.
func (s *safe) next(in []byte) (int, []byte) {
	if colour := colours.Find(in); s.painted && colour != nil {
		return len(colour), colour
	}
	switch r, n := utf8.DecodeRune(in); {
	case !utf8.FullRune(in):
		return 0, nil
	case r == utf8.RuneError && n == 1:
		return n, []byte(string(utf8.RuneError))
	case acts(r):
		return n, fmt.Appendf(nil, "\\u%04x", r)
	default:
		return n, in[:n]
	}
}

// acts reports whether a character does something to a terminal.
func acts(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// bare is what a safe writer writes to.
func bare(out io.Writer) io.Writer {
	switch o := out.(type) {
	case *safe:
		return bare(o.Writer)
	case *outlet:
		return bare(o.to)
	}
	return out
}

// OneLine puts a text onto one line, so that what others wrote cannot pass for another one.
func OneLine(text string) string {
	return string(bytes.Join(bytes.Fields([]byte(text)), []byte(" ")))
}
