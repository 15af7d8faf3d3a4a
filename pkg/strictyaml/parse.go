package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the longest text that Parse reads: as much as a ConfigMap holds.
const MaxBytes = 1 << 20

// Parse reads the one YAML document of a text. The node is nil if the text holds
// no document or has mistakes; a text without a document is not a mistake here.
func Parse(data []byte) (*yaml.Node, []Mistake) {
	documents, mistakes := ParseAll(data)
	switch {
	case len(documents) == 0:
		return nil, mistakes
	case len(documents) > 1:
		return nil, []Mistake{{
			Position: position(documents[1]),
			Message:  "a second document begins here, and only one is read",
			Mend:     `put it into a key or file of its own, or remove the "---"`,
		}}
	}
	return documents[0], nil
}

// ParseAll reads all YAML documents of a text but the empty ones; none where it has
// mistakes. Positions are those in the whole text.
func ParseAll(data []byte) ([]*yaml.Node, []Mistake) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if mistake := unreadable(data); mistake != nil {
		return nil, []Mistake{*mistake}
	}
	documents, mistake := readAll(data)
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	return documents, nil
}

// unreadable finds what makes a text no YAML at all, before the parser sees it.
func unreadable(data []byte) *Mistake {
	if len(data) > MaxBytes {
		return &Mistake{Position: Position{1, 1}, Message: fmt.Sprintf("the text is %d bytes long, and at most %d are read", len(data), MaxBytes), Mend: "split it"}
	}
	at := Position{1, 1}
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if what := notText(r, size, rest[0]); what != "" {
			return &Mistake{Position: at, Message: "this is not a text: " + what, Mend: "save it as plain text in UTF-8"}
		}
		at.Column++
		if r == '\n' {
			at = Position{at.Line + 1, 1}
		}
		rest = rest[size:]
	}
	return nil
}

// notText names a character that no text holds, or returns "".
func notText(r rune, size int, first byte) string {
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("byte 0x%02x is not UTF-8", first)
	}
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
		return fmt.Sprintf("it holds the control character 0x%02x", r)
	}
	return ""
}

// readAll reads the documents that have content.
func readAll(data []byte) (roots []*yaml.Node, mistake *Mistake) {
	lines := &lineReader{rest: data}
	// The parser of the library is large, and a panic in it must not take the
	// process down with a text that some user wrote.
	defer func() {
		if recover() != nil {
			mistake = &Mistake{Position: Position{lines.given, 1}, Message: "the YAML reader cannot make sense of this"}
		}
	}()
	for decoder := yaml.NewDecoder(lines); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return roots, nil
		}
		if err != nil {
			return nil, syntaxMistake(data, lines.given, err)
		}
		if root := document.Content[0]; !isNull(root) {
			root.HeadComment = strings.TrimPrefix(document.HeadComment+"\n\n"+root.HeadComment, "\n\n")
			roots = append(roots, root)
		}
	}
}

// lineReader hands out one line a Read. The parser asks for more only when it
// needs more, so when it fails the count of lines tells where it stood: its own
// errors name that line wrongly, or not at all.
type lineReader struct {
	rest  []byte
	given int
	part  bool
}

func (l *lineReader) Read(into []byte) (int, error) {
	if len(l.rest) == 0 {
		return 0, io.EOF
	}
	end := bytes.IndexByte(l.rest, '\n') + 1
	if end == 0 {
		end = len(l.rest)
	}
	if !l.part {
		l.given++
	}
	n := copy(into, l.rest[:end])
	l.rest, l.part = l.rest[n:], n < end
	return n, nil
}
