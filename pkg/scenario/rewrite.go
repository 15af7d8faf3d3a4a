package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Rewritten is a file of tests with what came in the place of what was expected.
type Rewritten struct {
	Text []byte
	// Changed is false where the text is that of the file.
	Changed bool
	// Cases is how many came otherwise and are as expected now.
	Cases int
	// Problems say what could not be put in its place.
	Problems []error
}

// edit puts a text in the place of a part of the file.
type edit struct {
	strictyaml.Extent
	text string
}

// Rewrite puts what came in the place of what was expected; comments and everything else
// stay as they are. The result was run: it is an error if that brought anything else than
// what it says.
func (r *Report) Rewrite(ctx context.Context) (*Rewritten, error) {
	out := &Rewritten{}
	var edits []edit
	done, left := map[strictyaml.Path]bool{}, map[strictyaml.Path]bool{}
	for f := range r.failures() {
		e, err := r.rewriteOne(f)
		if err != nil {
			left[f.path] = true
			out.Problems = append(out.Problems, fmt.Errorf("%s:%d:%d: %w", f.File, f.Line, f.Column, err))
			continue
		}
		done[f.path], edits = true, append(edits, e...)
	}
	out.Text, out.Changed = apply(r.data, edits), len(edits) > 0
	again := Run(ctx, r.File, out.Text, r.options)
	if err := r.proves(again, done, left); err != nil {
		return nil, fmt.Errorf("%s is left as it is, for it would not be as expected with what came: %w; write that yourself", r.File, err)
	}
	out.Cases = r.Failed() - again.Failed()
	return out, nil
}

// failures yields what came otherwise in all cases.
func (r *Report) failures() func(yield func(*Failure) bool) {
	return func(yield func(*Failure) bool) {
		for i := range r.Cases {
			for j := range r.Cases[i].Failures {
				if !yield(&r.Cases[i].Failures[j]) {
					return
				}
			}
		}
	}
}

// apply makes edits, which do not overlap, from the end on.
func apply(data []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.From, a.From) })
	out := slices.Clone(data)
	for _, e := range edits {
		out = slices.Concat(out[:e.From], []byte(e.text), out[e.To:])
	}
	return out
}

// proves compares a run of what was rewritten with this one: all fields but those that
// were rewritten are the same, and all is as expected but what could not be rewritten.
func (r *Report) proves(again *Report, done, left map[strictyaml.Path]bool) error {
	for _, m := range again.Mistakes {
		if !m.Warning {
			return errors.New(m.String())
		}
	}
	if field, differs := differing(again.fields(done), r.fields(done)); differs {
		return fmt.Errorf("%s would be another", field)
	}
	for f := range again.failures() {
		if !left[f.path] {
			return fmt.Errorf("%s:%d:%d: %s would still be expected to be %s, and be %s", f.File, f.Line, f.Column, f.What, visible(f.Want), visible(f.Got))
		}
	}
	return nil
}

// field is one that was written, and what is written there if it is a scalar.
type field struct {
	path strictyaml.Path
	text string
}

// fields are all that were written, but not some and what is in them.
func (r *Report) fields(but map[strictyaml.Path]bool) (out []field) {
	for path, text := range r.at.All() {
		if !path.Within(but) {
			out = append(out, field{path, text})
		}
	}
	return out
}

// differing returns the first field that is not the same in both.
func differing(a, b []field) (strictyaml.Path, bool) {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return b[i].path, true
		case i >= len(b) || a[i] != b[i]:
			return a[i].path, true
		}
	}
	return "", false
}

func (r *Report) rewriteOne(f *Failure) ([]edit, error) {
	switch f.Got {
	case notThere:
		return nil, fmt.Errorf("%s: the node is not there yet, and nothing can be expected of it", f.What)
	case notArrived:
		return nil, fmt.Errorf("%s: it has not arrived yet, and nothing can be expected of it", f.What)
	}
	in := r.at.Extents(r.data)
	if f.entries != nil && !in.Bracketed(f.path) {
		return r.block(in, f)
	}
	place, err := in.Of(f.path)
	if err != nil {
		return nil, err
	}
	if f.entries == nil {
		return []edit{{place, scalar(f.Got)}}, nil
	}
	return []edit{{place, bracketed(f.entries, r.data[place.From:place.To])}}, nil
}
