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
	case f.names == nil:
		to, err := scalarEnd(data, from)
		return edit{from, to, scalar(f.Got)}, err
	case data[from] == '[':
		to, err := flowEnd(data, from)
		return edit{from, to, list(f.names)}, err
	}
	return blockList(data, from, f.names)
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

// flowEnd finds the end of a list of names in brackets.
func flowEnd(data []byte, from int) (int, error) {
	if n := bytes.IndexByte(data[from:], ']'); n >= 0 {
		return from + n + 1, nil
	}
	return 0, fmt.Errorf("the list that begins here has no end")
}

// blockList rewrites a list whose entries each have a line that begins with a dash. The
// lines of entries that stay are kept, with their comments.
func blockList(data []byte, from int, names []string) (edit, error) {
	begin := bytes.LastIndexByte(data[:from], '\n') + 1
	indent := string(data[begin:from])
	if strings.TrimSpace(indent) != "" || len(names) == 0 {
		return edit{}, fmt.Errorf("this list is not rewritten: write it in brackets, as %s", list(names))
	}
	var out strings.Builder
	left, end := slices.Clone(names), begin
	for line := range strings.Lines(string(data[begin:])) {
		entry, is := strings.CutPrefix(strings.TrimPrefix(line, indent), "- ")
		if !strings.HasPrefix(line, indent) || !is {
			break
		}
		end += len(line)
		name, _, _ := strings.Cut(entry, " #")
		if i := slices.Index(left, strings.Trim(strings.TrimSpace(name), `"'`)); i >= 0 {
			out.WriteString(line)
			left = slices.Delete(left, i, i+1)
		}
	}
	for _, name := range left {
		fmt.Fprintf(&out, "%s- %s\n", indent, name)
	}
	return edit{begin, end, out.String()}, nil
}
