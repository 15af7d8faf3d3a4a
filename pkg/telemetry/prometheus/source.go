package prometheus

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/api"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.Source = (*Source)(nil)

// Source reads a Prometheus-compatible server. Its client and connections live as
// long as it does.
type Source struct {
	opts   Options
	in     injector
	client api.Client
	// Both hold an element for each query under way. Those that got no answer the
	// last time have slots of their own: however many hang, the others are asked.
	slots, otherSlots chan struct{}

	mu     sync.Mutex
	clocks clocks
	slow   map[string]bool // texts of queries that got no answer the last time
	build  build
	kept   map[string]*memory // by fingerprint of the metric
}

// New returns a Source that has asked nothing yet. An error is one of the options.
func New(o Options) (*Source, error) {
	o = o.withDefaults()
	in, err := newInjector(o.Matchers)
	if err != nil {
		return nil, err
	}
	client, err := newClient(o)
	if err != nil {
		return nil, err
	}
	return &Source{
		opts: o, in: in, client: client,
		slots: make(chan struct{}, o.Concurrency), otherSlots: make(chan struct{}, o.Concurrency),
		slow: map[string]bool{}, kept: map[string]*memory{},
	}, nil
}

// Collect implements telemetry.Source. Everything is read as of one time of the
// server's clock. Each metric fails alone; an error means that the server brought
// nothing for any of them.
func (s *Source) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	if len(want.Metrics) == 0 {
		return &telemetry.Reading{Metrics: []string{}}, nil
	}
	at, err := s.moment(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.opts.URL, err)
	}
	s.learn(ctx)
	r := newRound(s, want, at)
	outcomes := r.readAll(ctx, want.Metrics)
	if err := allLost(outcomes); err != nil {
		return nil, fmt.Errorf("%s: %w", s.opts.URL, err)
	}
	return r.reading(outcomes), nil
}

// allLost returns a cause where no metric at all could be read, and the server said
// of none what is wrong with it.
func allLost(outcomes []*outcome) error {
	for _, o := range outcomes {
		if o.lost == nil {
			return nil
		}
	}
	return outcomes[0].lost
}

// reading puts the outcomes of all metrics together.
func (r *round) reading(outcomes []*outcome) *telemetry.Reading {
	out := &telemetry.Reading{
		Samples:  make(map[telemetry.Key]telemetry.Sample, len(outcomes)*len(r.joiner.nodes.nodes)),
		Problems: map[telemetry.Key]string{}, Faults: map[string]string{}, Joins: map[string]*telemetry.JoinTable{},
	}
	for _, o := range outcomes {
		out.Metrics = append(out.Metrics, o.metric)
		r.put(out, o)
	}
	out.Notes, out.Ahead = r.notes(outcomes), &r.at.offset
	return out
}

func (r *round) put(out *telemetry.Reading, o *outcome) {
	if o.table != nil {
		out.Joins[o.metric] = o.table
	}
	if o.fault != "" {
		out.Faults[o.metric] = o.fault
		return
	}
	for place, v := range o.values {
		key := telemetry.Key{Metric: o.metric, Node: r.joiner.name(place)}
		switch {
		case v.problem != "":
			out.Problems[key] = v.problem
		case v.found:
			out.Samples[key] = v.sample
		}
	}
}

// notes says what is odd about the server.
func (r *round) notes(outcomes []*outcome) []string {
	var all []string
	if text := skewed(r.at.offset); text != "" {
		all = append(all, text)
	}
	for _, o := range outcomes {
		all = append(all, o.notes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
