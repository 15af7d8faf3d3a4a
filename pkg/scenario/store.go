package scenario

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// store has the series of a scenario in memory, for Prometheus' engine.
type store struct {
	series []stored
}

type stored struct {
	labels  labels.Labels
	samples []chunks.Sample
}

func newStore(f *file) *store {
	s := &store{}
	for _, q := range f.queried {
		one := stored{labels: q.labels}
		for i, p := range q.points {
			if !p.omitted {
				one.samples = append(one.samples, sample{began.Add(time.Duration(i) * f.interval).UnixMilli(), p.value})
			}
		}
		s.series = append(s.series, one)
	}
	slices.SortFunc(s.series, func(a, b stored) int { return labels.Compare(a.labels, b.labels) })
	return s
}

// Querier implements storage.Queryable.
func (s *store) Querier(_, latest int64) (storage.Querier, error) {
	return &querier{store: s, latest: latest}, nil
}

// querier sees what there is up to a time.
type querier struct {
	store  *store
	latest int64
}

// Select implements storage.Querier. The series come sorted.
func (q *querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	out := &seriesSet{}
	for _, s := range q.store.series {
		if matches(s.labels, matchers) {
			known, _ := slices.BinarySearchFunc(s.samples, q.latest+1, func(x chunks.Sample, t int64) int { return int(x.T() - t) })
			out.list = append(out.list, storage.NewListSeries(s.labels, s.samples[:known]))
		}
	}
	return out
}

func matches(l labels.Labels, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(l.Get(m.Name)) })
}

// LabelValues implements storage.LabelQuerier; queries do not ask for it.
func (*querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames implements storage.LabelQuerier; queries do not ask for it.
func (*querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close implements storage.Querier.
func (*querier) Close() error { return nil }

// seriesSet yields series one by one.
type seriesSet struct {
	list []storage.Series
	next int
}

// Next implements storage.SeriesSet.
func (s *seriesSet) Next() bool { s.next++; return s.next <= len(s.list) }

// At implements storage.SeriesSet.
func (s *seriesSet) At() storage.Series { return s.list[s.next-1] }

// Err implements storage.SeriesSet.
func (*seriesSet) Err() error { return nil }

// Warnings implements storage.SeriesSet.
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// sample is a float at a time in milliseconds. It implements chunks.Sample.
type sample struct {
	t int64
	f float64
}

func (s sample) T() int64                    { return s.t }
func (sample) ST() int64                     { return 0 }
func (s sample) F() float64                  { return s.f }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }

// stale reports whether a point ends its series.
func (p point) stale() bool { return math.IsNaN(p.value) && value.IsStaleNaN(p.value) }
