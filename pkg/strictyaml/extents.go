package strictyaml

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Extent is a part of a text: the bytes from From to before To.
type Extent struct{ From, To int }

// Extents finds the values of a decoded document in its text, for those who put
// something else in their place.
type Extents struct {
	data []byte
	// lines are where each line begins.
	lines []int
	at    *Positions
}

// Extents returns what finds the fields in the text that they were decoded from.
func (p *Positions) Extents(data []byte) *Extents {
	e := &Extents{data: data, at: p, lines: []int{0}}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		e.lines[0] = len("\ufeff")
	}
	for at := e.lines[0]; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		at += size
		if isBreak(r) && !(r == '\r' && at < len(data) && data[at] == '\n') {
			e.lines = append(e.lines, at)
		}
	}
	return e
}

// isBreak reports what ends a line in YAML.
func isBreak(r rune) bool { return strings.ContainsRune("\n\r\u0085\u2028\u2029", r) }

// Why the place of a value is not known well enough to put another there.
var (
	errLines   = errors.New("a value of several lines is not rewritten: write it on one line, in quotes")
	errUnclear = errors.New("where this value ends is not clear: write it in quotes")
	errComment = errors.New("a comment stands inside of these brackets, and would be lost: move it out")
)

// Of is where the value of a field stands: one scalar, or scalars in brackets or braces.
func (e *Extents) Of(path Path) (Extent, error) { return e.value(e.at.places[path].node) }

// Begin is the byte at which the key of a field stands, or an entry of a list.
func (e *Extents) Begin(path Path) int { return e.offset(e.at.places[path].key) }

// Bracketed reports whether the value of a field is a list in brackets or a set in braces.
func (e *Extents) Bracketed(path Path) bool { return e.at.places[path].node.Style&yaml.FlowStyle != 0 }

// Line is the line that a byte belongs to, with what ends it.
func (e *Extents) Line(at int) Extent {
	i, begins := slices.BinarySearch(e.lines, at)
	if !begins {
		i--
	}
	if i+1 < len(e.lines) {
		return Extent{e.lines[i], e.lines[i+1]}
	}
	return Extent{e.lines[i], len(e.data)}
}

// Children are the paths of the entries of a list or set, as they were written.
func (p *Positions) Children(path Path) (out []Path) {
	switch n := p.places[path].node; n.Kind {
	case yaml.SequenceNode:
		for i := range n.Content {
			out = append(out, path.Index(i))
		}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			out = append(out, path.Key(n.Content[i].Value))
		}
	}
	return out
}

// offset is the byte at a position, whose columns are characters.
func (e *Extents) offset(p Position) int {
	at := e.lines[p.Line-1]
	for range p.Column - 1 {
		_, size := utf8.DecodeRune(e.data[at:])
		at += size
	}
	return at
}

func (e *Extents) value(n *yaml.Node) (Extent, error) {
	from := e.offset(position(n))
	to, err := 0, errUnclear
	switch {
	case n.Style&yaml.FlowStyle != 0 && from < len(e.data) && (e.data[from] == '[' || e.data[from] == '{'):
		to, err = e.flowEnd(n, from+1)
	case n.Kind != yaml.ScalarNode:
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		err = errLines
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		to, err = e.quotedEnd(from)
	default:
		to, err = e.plainEnd(n.Value, from)
	}
	return Extent{from, to}, err
}

// plainEnd finds the end of a scalar without quotes, whose lines are joined by spaces in
// its value.
func (e *Extents) plainEnd(value string, at int) (int, error) {
	for i, word := range strings.Fields(value) {
		if i > 0 {
			at = len(e.data) - len(bytes.TrimLeftFunc(e.data[at:], unicode.IsSpace))
		}
		if !bytes.HasPrefix(e.data[at:], []byte(word)) {
			return 0, errUnclear
		}
		at += len(word)
	}
	return at, nil
}

func (e *Extents) quotedEnd(from int) (int, error) {
	if from >= len(e.data) || e.data[from] != '"' && e.data[from] != '\'' {
		return 0, errUnclear
	}
	quote := e.data[from]
	for i := from + 1; i < len(e.data); i++ {
		switch {
		case e.data[i] == '\\' && quote == '"':
			i++
		case e.data[i] == quote && quote == '\'' && i+1 < len(e.data) && e.data[i+1] == '\'':
			i++
		case e.data[i] == quote:
			return i + 1, nil
		}
	}
	return 0, errUnclear
}

// flowEnd finds the end of scalars in brackets or braces.
func (e *Extents) flowEnd(n *yaml.Node, at int) (int, error) {
	for _, child := range n.Content {
		one, err := e.value(child)
		switch {
		case err != nil:
			return 0, err
		case bytes.IndexByte(e.data[at:one.From], '#') >= 0:
			return 0, errComment
		}
		at = one.To
	}
	for i, c := range e.data[at:] {
		switch c {
		case '#':
			return 0, errComment
		case ']', '}':
			return at + i + 1, nil
		}
	}
	return 0, errUnclear
}
