package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// job is one metric that is being read.
type job struct {
	*telemetry.Metric
	// text is the query as its author wrote it.
	text     string
	lookback time.Duration
	out      *outcome
}

// reply is the answer to a query, with the nodes that its series belong to.
type reply struct {
	query  query
	vector model.Vector
	infos  []string
	joined *joined
}

// read reads one metric.
func (r *round) read(ctx context.Context, m *telemetry.Metric) *outcome {
	lookback, note := r.source.lookback(m.MaxAge)
	j := job{Metric: m, text: r.source.textOf(m), lookback: lookback, out: &outcome{metric: m.Name}}
	if note != "" {
		j.out.notes = append(j.out.notes, note)
	}
	if err := r.readValues(ctx, j); err != nil {
		j.out.fail(fmt.Errorf("the query %q: %w", cut(j.text), err))
	}
	return j.out
}

func (o *outcome) fail(err error) {
	o.fault = err.Error()
	if refused := (refusal{}); !errors.As(err, &refused) {
		o.lost = err
	}
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

func (r *round) readValues(ctx context.Context, j job) error {
	if err := r.source.timeable(j); err != nil {
		return err
	}
	answer, err := r.ask(ctx, j.text, j)
	if err != nil {
		return err
	}
	j.out.table = answer.joined.table
	for _, info := range answer.infos {
		j.out.notes = append(j.out.notes, fmt.Sprintf("the server remarks on the query %q: %s", cut(j.text), cut(info)))
	}
	if err := r.fill(ctx, j, answer); err != nil {
		return err
	}
	return r.zeros(ctx, j, answer.joined)
}

// timeable reports why nothing can be known of the age of a metric's values, before
// anything is asked.
func (s *Source) timeable(j job) error {
	q, err := s.in.query(j.text)
	if err != nil || j.AgeQuery != "" {
		return err
	}
	if _, err = timings(q.expr); err != nil {
		return untimed(err)
	}
	return nil
}

// ask asks a query of a metric and joins the answer.
func (r *round) ask(ctx context.Context, text string, j job) (*reply, error) {
	q, err := r.source.in.query(text)
	if err != nil {
		return nil, err
	}
	answer, err := r.vector(ctx, q.text, j.lookback)
	if err != nil {
		return nil, err
	}
	nodes, err := r.join(answer.vector, j.Join)
	if err != nil {
		return nil, err
	}
	return &reply{query: q, vector: answer.vector, infos: answer.infos, joined: nodes}, nil
}

// fill makes values of an answer.
func (r *round) fill(ctx context.Context, j job, answer *reply) error {
	j.out.values = make([]value, len(answer.joined.series))
	if len(answer.vector) == 0 {
		return nil
	}
	stamps, err := r.stamper(ctx, j, answer)
	if err != nil {
		return err
	}
	f := r.filler(j, answer, stamps)
	for place, series := range answer.joined.series {
		j.out.values[place] = f.value(place, r.joiner.name(place), series, answer.joined.doubtful[place])
	}
	f.memory.replace(f.next)
	ambiguous(j.out.table, f.ambiguous)
	return nil
}

func (r *round) filler(j job, answer *reply, stamps stamper) *filler {
	span := longestRange(answer.query.expr)
	return &filler{
		query: cut(j.text), answer: answer.vector, combine: j.Combine, span: span, window: cmp.Or(j.Window, span),
		stamps: stamps, at: r.at,
		memory: r.source.remember(j.Fingerprint()), next: make(map[string]kept, len(answer.vector)),
	}
}

func (r *round) stamper(ctx context.Context, j job, answer *reply) (stamper, error) {
	if j.AgeQuery != "" {
		return r.give(ctx, j, longestRange(answer.query.expr) > 0)
	}
	return r.derive(ctx, j, answer)
}
