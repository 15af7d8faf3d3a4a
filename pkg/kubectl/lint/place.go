package lint

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where a finding stands: a file, a position in it, and the line that is
// shown.
type place struct {
	file         string
	line, column int
	text         string
	mark         int
	// nowhere says that file is no file, but namespace/name/key.
	nowhere bool
}

// page is a file as it was read.
type page struct {
	name  string
	lines []string
}

func newPage(name string, data []byte) *page {
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	return &page{name: name, lines: strings.Split(text, "\n")}
}

// at returns a place of the file.
func (p *page) at(line, column int) place {
	out := place{file: p.name, line: line, column: column, mark: column}
	if line >= 1 && line <= len(p.lines) {
		out.text = p.lines[line-1]
	}
	return out
}

// body is one text of rules and where it stands.
type body struct {
	text string
	// head is where the text as a whole stands, such as its key in a ConfigMap.
	head place
	// page is the file, and skip and indent what stands before each of the text's lines
	// there; page is nil where the lines of the text are no lines of a file.
	page         *page
	skip, indent int
	lines        []string
}

// whole is the text of a file of its own.
func whole(name string, data []byte) *body {
	p := newPage(name, data)
	return &body{text: string(data), head: place{file: name}, page: p, lines: p.lines}
}

// apart is a text whose lines stand nowhere but in itself.
func apart(text string, head place) *body {
	return &body{text: text, head: head, lines: newPage("", []byte(text)).lines}
}

// scalar is the text of a value in a YAML file. Of a block each line is a line of
// the file; other forms fold lines and escape characters.
func scalar(p *page, value *yaml.Node, text string) *body {
	out := apart(text, p.at(value.Line, value.Column))
	if value.Style&yaml.LiteralStyle == 0 {
		return out
	}
	for i, line := range out.lines {
		if strings.TrimSpace(line) == "" || value.Line+i >= len(p.lines) {
			continue
		}
		raw := p.lines[value.Line+i]
		if strings.HasSuffix(raw, line) {
			out.page, out.skip, out.indent = p, value.Line, len(raw)-len(line)
		}
		return out
	}
	return out
}

// at returns the place of a position in the text; that of the text as a whole for a
// line of 0.
func (b *body) at(line, column int) place {
	switch {
	case line == 0:
		return b.head
	case b.page != nil:
		return b.page.at(line+b.skip, column+b.indent)
	}
	out := b.head
	out.text, out.mark = "", 0
	if line <= len(b.lines) {
		out.text, out.mark = b.lines[line-1], column
	}
	if out.line == 0 { // the text is all there is
		out.line, out.column = line, column
	}
	return out
}
