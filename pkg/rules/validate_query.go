package rules

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// QueryChecker knows PromQL. It is declared here and implemented elsewhere, so
// that whoever checks a rule finds the same mistakes as whoever asks the query.
//
// Problems may have a method Mend() string that says how to put them right.
type QueryChecker interface {
	// CheckQuery checks a query that gives a value for each node. window is its
	// longest range, 0 where it has none; recorded reports whether it reads the
	// result of a recording rule, whose window nobody can see.
	CheckQuery(query string) (window time.Duration, recorded bool, problem error)
	// CheckVector checks a query of which only the series matter.
	CheckVector(query string) (problem error)
}

// SourceKind is what a telemetry source of the operator reads beside built-in
// metrics.
type SourceKind string

// The kinds of sources that rules tell apart.
const (
	SourceOfNothing SourceKind = ""
	SourceOfQueries SourceKind = "query"
	SourceOfCustom  SourceKind = "customMetric"
)

// source finds the operator's source of a metric.
func (v *validator) source(path strictyaml.Path, s *MetricSpec) string {
	defer v.judging(CheckSource)()
	kind := SourceOfQueries
	if s.CustomMetric != nil {
		kind = SourceOfCustom
	}
	if v.opts.Sources == nil || s.CustomMetric == nil && s.Query == "" {
		return s.Source
	}
	if s.Source != "" {
		v.namedSource(path.Child("source"), s.Source, kind)
		return s.Source
	}
	return v.onlySource(path, kind)
}

func (v *validator) namedSource(at strictyaml.Path, name string, kind SourceKind) {
	switch reads, known := v.opts.Sources[name]; {
	case !known:
		v.value(at, strictyaml.DidYouMean(name, v.sourcesOf(kind)), "the operator has no source called %q", strictyaml.Show(name))
	case reads != kind:
		v.value(at, v.listed(kind), "the source %q does not read %q", name, kind)
	}
}

// onlySource is the default: the one source that reads such metrics.
func (v *validator) onlySource(path strictyaml.Path, kind SourceKind) string {
	names := v.sourcesOf(kind)
	switch len(names) {
	case 1:
		return names[0]
	case 0:
		v.key(path.Child(string(kind)), "ask the operator for one", "no source of the operator reads %q", kind)
	default:
		v.missing(path, "source", v.listed(kind))
	}
	return ""
}

func (v *validator) sourcesOf(kind SourceKind) []string {
	names := slices.Sorted(maps.Keys(v.opts.Sources))
	return slices.DeleteFunc(names, func(name string) bool { return v.opts.Sources[name] != kind })
}

func (v *validator) listed(kind SourceKind) string {
	names := v.sourcesOf(kind)
	if len(names) == 0 {
		return "ask the operator for one that does"
	}
	return "those that do are " + strings.Join(names, ", ")
}

// window checks the queries of a metric and returns the time that a value
// averages over.
func (v *validator) window(path strictyaml.Path, s *MetricSpec) time.Duration {
	defer v.judging(CheckQuery)()
	v.vector(path.Child("ageQuery"), s.AgeQuery)
	v.vector(path.Child("zeroWhile"), s.ZeroWhile)
	v.vector(path.Child("podQuery"), s.PodQuery)
	window, recorded := v.query(path.Child("query"), s.Query)
	if s.Window != nil {
		return time.Duration(*s.Window)
	}
	if recorded && s.InFlight != nil {
		v.missing(path, "window", `write the range of the recording rule, because "inFlight" depends on it`)
	}
	return window
}

func (v *validator) query(at strictyaml.Path, text string) (window time.Duration, recorded bool) {
	if v.opts.Queries == nil || strings.TrimSpace(text) == "" {
		return 0, false
	}
	window, recorded, problem := v.opts.Queries.CheckQuery(text)
	v.queryProblem(at, problem)
	return window, recorded
}

func (v *validator) vector(at strictyaml.Path, text string) {
	if v.opts.Queries != nil && strings.TrimSpace(text) != "" {
		v.queryProblem(at, v.opts.Queries.CheckVector(text))
	}
}

func (v *validator) queryProblem(at strictyaml.Path, problem error) {
	if problem == nil {
		return
	}
	mend := ""
	if mendable := (interface{ Mend() string })(nil); errors.As(problem, &mendable) {
		mend = mendable.Mend()
	}
	v.value(at, mend, "%q: %s", at.Last(), problem)
}
