package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// plainScalar is what needs no quotes, in brackets neither.
var plainScalar = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._%/()>=<;-]*[A-Za-z0-9._%/()>=<;-])?$`)

// scalar writes a value as YAML.
func scalar(text string) string {
	if plainScalar.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// written is an entry as YAML, whose name is text.
func (e entry) written() string {
	name := scalar(e.name)
	if !strictyaml.IsText(e.name) {
		name = strconv.Quote(e.name)
	}
	return entry{name, e.value}.String()
}

// bracketed writes entries between the brackets or braces of those before.
func bracketed(entries []entry, before []byte) string {
	parts := make([]string, len(entries))
	for i, e := range entries {
		parts[i] = e.written()
	}
	return string(before[:1]) + strings.Join(parts, ", ") + string(before[len(before)-1:])
}

// block rewrites a list, or set, whose entries each have lines of their own. Those of
// entries that stay are kept, and so are comments.
func (r *Report) block(in *strictyaml.Extents, f *Failure) ([]edit, error) {
	if len(f.entries) == 0 {
		return nil, fmt.Errorf("this list is not rewritten: write it in brackets, as %s", f.Got)
	}
	var edits []edit
	left, last, begin := slices.Clone(f.entries), edit{}, ""
	for _, path := range r.at.Children(f.path) {
		lines, indent, err := r.linesOf(in, f, path)
		if err != nil {
			return nil, err
		}
		if begin == "" {
			begin = indent
		}
		if i := slices.Index(left, r.entryAt(f, path)); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			edits = append(edits, edit{Extent: lines})
		}
		last.From, last.To = lines.To, lines.To
	}
	last.text = r.lines(begin, left, last.To)
	return append(edits, last), nil
}

// entryAt is the entry of a failure's list, or set, that was written at a path.
func (r *Report) entryAt(f *Failure, path strictyaml.Path) entry {
	if f.isList() {
		return entry{name: r.at.Text(path)}
	}
	name := strings.TrimPrefix(string(path), string(f.path)+"[")
	return entry{strings.TrimSuffix(name, "]"), r.at.Text(path)}
}

func (f *Failure) isList() bool { return f.entries[0].value == "" }

// linesOf are the lines of an entry, and what stands before it in its line.
func (r *Report) linesOf(in *strictyaml.Extents, f *Failure, path strictyaml.Path) (strictyaml.Extent, string, error) {
	place, err := in.Of(path)
	if err != nil {
		return place, "", err
	}
	begin, dash := in.Begin(path), ""
	if f.isList() {
		dash = "-"
	}
	first, last := in.Line(begin), in.Line(place.To)
	before, after := string(r.data[first.From:begin]), bytes.TrimSpace(r.data[place.To:last.To])
	if strings.TrimSpace(before) != dash || len(after) > 0 && after[0] != '#' {
		return place, "", errors.New("the entries of this list do not have lines of their own: write it in brackets")
	}
	return strictyaml.Extent{From: first.From, To: last.To}, before, nil
}

// lines writes entries on lines of their own at the end of one.
func (r *Report) lines(begin string, entries []entry, at int) string {
	end, out := "\n", ""
	if bytes.Contains(r.data, []byte("\r\n")) {
		end = "\r\n"
	}
	if len(entries) > 0 && !bytes.HasSuffix(r.data[:at], []byte("\n")) {
		out = end
	}
	for _, e := range entries {
		out += begin + e.written() + end
	}
	return out
}
