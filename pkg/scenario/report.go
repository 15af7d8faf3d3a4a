package scenario

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Options of Run.
type Options struct {
	// ReadFile reads a file of rules that a scenario names.
	ReadFile func(name string) ([]byte, error)
	// Only chooses cases by name; nil for all.
	Only *regexp.Regexp
	// Now is the time by which Case.Took is told; nil where nobody asks.
	Now func() time.Time
}

// Report is what came of one file.
type Report struct {
	File string
	// Mistakes say what is wrong with the file, or with the rules that it names. With one
	// that is no warning no case was run.
	Mistakes []Mistake
	Cases    []Case

	at *strictyaml.Positions
	// data and options are what it was made of.
	data    []byte
	options Options
}

// Case is one case that was run.
type Case struct {
	Name string
	// At is the time of the scenario.
	At           time.Duration
	Line, Column int
	Failures     []Failure
	// Took is the time since the case before, or the beginning: cases share a time line.
	Took time.Duration
}

// Failure is one thing that came otherwise.
type Failure struct {
	File         string
	Line, Column int
	// What was compared, such as: phase of rule hot on node a.
	What      string
	Want, Got string
	// Because is the value and the threshold that decided, for people.
	Because string

	path strictyaml.Path
	// entries are Got where the field is a list, or set, that is written as a whole.
	entries []entry
}

// String returns all of it on several lines, the first of which begins with
// file:line:column.
func (f *Failure) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s\n    expected  %s\n    got       %s", f.File, f.Line, f.Column, f.What, visible(f.Want), visible(f.Got))
	for i, line := range strings.Split(f.Because, "\n") {
		switch {
		case line == "":
		case i == 0:
			text += "\n    because   " + line
		default:
			text += "\n              " + line
		}
	}
	return text
}

// visible shows an empty text.
func visible(text string) string {
	if text == "" {
		return `""`
	}
	return text
}

// Broken reports whether the file could not be run.
func (r *Report) Broken() bool { return broken(r.Mistakes) }

// Failed counts the cases with failures.
func (r *Report) Failed() (n int) {
	for i := range r.Cases {
		if len(r.Cases[i].Failures) > 0 {
			n++
		}
	}
	return n
}

// Run runs a file of tests. name is where it stands: the files that it names are looked
// for beside it.
func Run(ctx context.Context, name string, data []byte, o Options) *Report {
	f, mistakes := parse(name, data, o)
	report := &Report{File: name, Mistakes: mistakes, data: data, options: o}
	if f == nil {
		return report
	}
	report.at = f.at
	w, err := newWorld(f)
	if err != nil {
		at := f.at.Value("matchers")
		report.Mistakes = append(report.Mistakes, Mistake{File: name, Line: at.Line, Column: at.Column, Path: "matchers", Message: err.Error()})
		return report
	}
	report.Cases = w.run(ctx, o)
	return report
}

// run moves through time, and returns the cases in the order of the file.
func (w *world) run(ctx context.Context, o Options) []Case {
	results, lap := make([]*Case, len(w.cases)), stopwatch(o.Now)
	for _, at := range w.times() {
		w.advance(ctx, at)
		for i := range w.cases {
			if c := &w.cases[i]; c.at == at && (o.Only == nil || o.Only.MatchString(c.name)) {
				results[i] = w.check(c)
				results[i].Took = lap()
			}
		}
	}
	var out []Case
	for _, c := range results {
		if c != nil {
			out = append(out, *c)
		}
	}
	return out
}

// stopwatch returns the time between two calls.
func stopwatch(now func() time.Time) func() time.Duration {
	if now == nil {
		return func() time.Duration { return 0 }
	}
	last := now()
	return func() time.Duration {
		before := last
		last = now()
		return last.Sub(before)
	}
}

// difference is what came otherwise at a path of the file.
type difference struct {
	path                     strictyaml.Path
	what, want, got, because string
	entries                  []entry
}

func (w *world) check(c *testCase) *Case {
	at := w.at.Value(c.path)
	out := &Case{Name: c.name, At: c.at, Line: at.Line, Column: at.Column}
	for _, e := range c.expect {
		for _, d := range e.check(w) {
			place := w.at.Value(d.path)
			out.Failures = append(out.Failures, Failure{
				File: w.name, Line: place.Line, Column: place.Column,
				What: d.what, Want: d.want, Got: d.got, Because: d.because, path: d.path, entries: d.entries,
			})
		}
	}
	slices.SortStableFunc(out.Failures, func(a, b Failure) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return out
}
