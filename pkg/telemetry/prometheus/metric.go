package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// outcome is what came of one metric.
type outcome struct {
	metric string
	values []value // by place of the node
	table  *telemetry.JoinTable
	// fault says why the metric could not be read; lost is its cause where the fault
	// lies not with the metric.
	fault string
	lost  error
	notes []string
}

// value is what is known of a node: a sample, a problem, or nothing at all.
type value struct {
	sample  telemetry.Sample
	found   bool
	problem string
}

// read reads one metric.
func (r *round) read(ctx context.Context, m *telemetry.Metric) *outcome {
	o := &outcome{metric: m.Name}
	text := r.source.textOf(m)
	if err := r.readInto(ctx, o, m, text); err != nil {
		o.fault = fmt.Sprintf("the query %q: %v", cut(text), err)
		if refused := (refusal{}); !errors.As(err, &refused) {
			o.lost = errors.New(o.fault)
		}
	}
	return o
}

// textOf returns the query of a metric; empty where it has none.
func (s *Source) textOf(m *telemetry.Metric) string {
	switch m.Name {
	case telemetry.UsedCPU:
		return cmp.Or(m.Query, s.opts.CPU)
	case telemetry.UsedMemory:
		return cmp.Or(m.Query, s.opts.Memory)
	}
	return m.Query
}

func (r *round) readInto(ctx context.Context, o *outcome, m *telemetry.Metric, text string) error {
	q, err := r.source.in.query(text)
	if err != nil {
		return refusal{err}
	}
	lookback, note := r.source.lookback(m.MaxAge)
	o.note(note)
	answer, j, err := r.ask(ctx, text, m.Join, lookback)
	if err != nil {
		return err
	}
	o.table = j.table
	for _, info := range answer.infos {
		o.note(fmt.Sprintf("the server remarks on the query %q: %s", cut(text), cut(info)))
	}
	if err := r.fill(ctx, o, m, q, answer.vector, j, lookback); err != nil {
		return err
	}
	if m.ZeroWhile != "" {
		return r.zeros(ctx, o, m, j, lookback)
	}
	return nil
}

func (o *outcome) note(text string) {
	if text != "" {
		o.notes = append(o.notes, text)
	}
}

// ask asks a query and joins the answer.
func (r *round) ask(ctx context.Context, text string, how telemetry.Join, lookback time.Duration) (answered, *joined, error) {
	q, err := r.source.in.query(text)
	if err != nil {
		return answered{}, nil, refusal{err}
	}
	answer, err := r.vector(ctx, q.text, lookback)
	if err != nil {
		return answered{}, nil, err
	}
	j, err := r.join(answer.vector, how)
	if err != nil {
		return answered{}, nil, refusal{err}
	}
	return answer, j, nil
}

// fill makes values of an answer.
func (r *round) fill(ctx context.Context, o *outcome, m *telemetry.Metric, q query, answer model.Vector, j *joined, lookback time.Duration) error {
	o.values = make([]value, len(j.series))
	if len(answer) == 0 {
		return nil
	}
	window := longestRange(q.expr)
	stamps, err := r.stamper(ctx, m, q, answer, j, lookback)
	if err != nil {
		return err
	}
	f := &filler{
		query: cut(r.source.textOf(m)), answer: answer, combine: m.Combine, window: cmp.Or(m.Window, window),
		stamps: stamps, at: r.at, memory: r.source.remember(m.Fingerprint()), next: make(map[string]kept, len(answer)),
	}
	for place, series := range j.series {
		o.values[place] = f.value(place, r.joiner.name(place), series, j.doubtful[place])
	}
	f.memory.replace(f.next)
	ambiguous(o.table, r.names(f.ambiguous))
	return nil
}

func (r *round) stamper(ctx context.Context, m *telemetry.Metric, q query, answer model.Vector, j *joined, lookback time.Duration) (stamper, error) {
	if m.AgeQuery != "" {
		return r.give(ctx, m, longestRange(q.expr) > 0, lookback)
	}
	return r.derive(ctx, q, answer, j, lookback)
}

func (r *round) names(places []int) []string {
	names := make([]string, len(places))
	for i, place := range places {
		names[i] = r.joiner.name(place)
	}
	return names
}

// zeros gives 0 to the nodes without a series of which zeroWhile has one. Their
// values are as old as what it reads.
func (r *round) zeros(ctx context.Context, o *outcome, m *telemetry.Metric, j *joined, lookback time.Duration) error {
	q, err := r.source.in.query(m.ZeroWhile)
	if err != nil {
		return refusal{fmt.Errorf("zeroWhile %q: %w", cut(m.ZeroWhile), err)}
	}
	answer, while, err := r.ask(ctx, m.ZeroWhile, m.Join, lookback)
	if err != nil || len(answer.vector) == 0 {
		return wrap(err, m.ZeroWhile)
	}
	stamps, err := r.derive(ctx, q, answer.vector, while, lookback)
	if err != nil {
		return wrap(err, m.ZeroWhile)
	}
	for place, series := range while.series {
		if len(series) == 0 || len(j.series[place]) > 0 || j.doubtful[place] != "" {
			continue
		}
		o.values[place] = zero(stamps.stamp(place), r.at, m.ZeroWhile)
	}
	return nil
}

func wrap(err error, zeroWhile string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("zeroWhile %q: %w", cut(zeroWhile), err)
}

func zero(s stamp, at moment, zeroWhile string) value {
	if math.IsNaN(s.at) {
		return value{problem: fmt.Sprintf("zeroWhile %q: nobody can say how old its series of this node is", cut(zeroWhile))}
	}
	return value{sample: telemetry.Sample{Time: at.ours(s.at)}, found: true}
}
