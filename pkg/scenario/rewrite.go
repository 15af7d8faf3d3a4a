package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// edit puts a text in the place of a part of the file.
type edit struct {
	from, to int
	text     string
}

// Rewrite returns a file of tests with what came in the place of what was expected;
// comments and everything else stay as they are. What cannot be put in its place is
// returned with the reason.
func (r *Report) Rewrite(data []byte) ([]byte, []error) {
	var edits []edit
	var problems []error
	for i := range r.Cases {
		for j := range r.Cases[i].Failures {
			f := &r.Cases[i].Failures[j]
			e, err := rewriteOne(data, f)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d:%d: %w", f.File, f.Line, f.Column, err))
				continue
			}
			edits = append(edits, e)
		}
	}
	return apply(data, edits), problems
}

// apply makes edits, which do not overlap, from the end on.
func apply(data []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	out := slices.Clone(data)
	for _, e := range edits {
		out = slices.Concat(out[:e.from], []byte(e.text), out[e.to:])
	}
	return out
}

func rewriteOne(data []byte, f *Failure) (edit, error) {
	from := offset(data, f.Line, f.Column)
	switch {
	case f.Got == notThere:
		return edit{}, fmt.Errorf("%s: the node is not there yet, and nothing can be expected of it", f.What)
	case f.Got == notArrived:
		return edit{}, fmt.Errorf("%s: it has not arrived yet, and nothing can be expected of it", f.What)
	case f.entries == nil:
		to, err := scalarEnd(data, from)
		return edit{from, to, scalar(f.Got)}, err
	case data[from] == '[' || data[from] == '{':
		to, err := flowEnd(data, from)
		return edit{from, to, f.Got}, err
	}
	return block(data, from, f)
}

// offset finds the byte at a line and a column of characters, which count from 1.
func offset(data []byte, line, column int) int {
	at := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		at = len("\ufeff")
	}
	for ; line > 1; line-- {
		at += bytes.IndexByte(data[at:], '\n') + 1
	}
	for ; column > 1; column-- {
		_, size := utf8.DecodeRune(data[at:])
		at += size
	}
	return at
}

// plainScalar is what needs no quotes, in flow style neither.
var plainScalar = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._%/()>=<;-]*$`)

// scalar writes a value as YAML.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !strings.HasSuffix(text, " ") {
		return text
	}
	return strconv.Quote(text)
}

// plainEnd ends a scalar without quotes on its line: a comment, or what flow style
// means something by.
var plainEnd = regexp.MustCompile(`\s+#|\s*[,\]}\r\n]|\s*$`)

// scalarEnd finds the end of a scalar that stands on one line.
func scalarEnd(data []byte, from int) (int, error) {
	switch data[from] {
	case '"', '\'':
		return quotedEnd(data, from)
	case '|', '>':
		return 0, fmt.Errorf("a value of several lines is not rewritten: write it on one line, in quotes")
	}
	line, _, _ := bytes.Cut(data[from:], []byte("\n"))
	return from + plainEnd.FindIndex(line)[0], nil
}

func quotedEnd(data []byte, from int) (int, error) {
	quote := data[from]
	for i := from + 1; i < len(data); i++ {
		switch {
		case data[i] == '\\' && quote == '"':
			i++
		case data[i] == quote && quote == '\'' && i+1 < len(data) && data[i+1] == '\'':
			i++
		case data[i] == quote:
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("the quote that begins here has no end")
}

// flowEnd finds the end of a list of names in brackets, or of a set in braces.
func flowEnd(data []byte, from int) (int, error) {
	if n := bytes.IndexByte(data[from:], map[byte]byte{'[': ']', '{': '}'}[data[from]]); n >= 0 {
		return from + n + 1, nil
	}
	return 0, fmt.Errorf("the list that begins here has no end")
}

// block rewrites a list, or set, whose entries each have a line. The lines of entries
// that stay are kept, with their comments, and so are lines that are comments.
func block(data []byte, from int, f *Failure) (edit, error) {
	begin := bytes.LastIndexByte(data[:from], '\n') + 1
	indent := string(data[begin:from])
	if strings.TrimSpace(indent) != "" || len(f.entries) == 0 {
		return edit{}, fmt.Errorf("this list is not rewritten: write it in brackets, as %s", f.Got)
	}
	var out strings.Builder
	left, end, at := slices.Clone(f.entries), begin, begin
	for line := range strings.Lines(string(data[begin:])) {
		entry, is := strings.CutPrefix(line, indent)
		if !is || !isEntry(entry, f.entries[0]) {
			break
		}
		if at += len(line); entry[0] == '#' {
			continue
		}
		out.Write(data[end : at-len(line)]) // the comments before it
		end = at
		if i := slices.Index(left, bareEntry(entry)); i >= 0 {
			out.WriteString(line)
			left = slices.Delete(left, i, i+1)
		}
	}
	for _, entry := range left {
		fmt.Fprintf(&out, "%s%s\n", indent, entry)
	}
	return edit{begin, end, out.String()}, nil
}

// isEntry reports whether a line is an entry of a list or set that has one like another,
// or a comment among them.
func isEntry(line, like string) bool {
	if strings.HasPrefix(line, "#") {
		return true
	}
	return strings.HasPrefix(line, "- ") == strings.HasPrefix(like, "- ") && strings.TrimSpace(line) != "" && line[0] != ' '
}

// bareEntry is an entry without quotes and comment.
func bareEntry(line string) string {
	entry, _, _ := strings.Cut(line, " #")
	return strings.TrimSpace(strings.NewReplacer(`"`, "", "'", "").Replace(entry))
}
