package prometheus

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// round is one reading under way. Answers are shared by all metrics that ask the same.
type round struct {
	source *Source
	at     moment

	mu      sync.Mutex
	vectors map[string]*shared[answered]
	ages    map[string]*shared[ages]

	// joining guards joiner: one metric is joined at a time.
	joining sync.Mutex
	joiner  *joiner
}

// answered is the answer to a query.
type answered struct {
	vector model.Vector
	infos  []string
}

// shared is an answer that the first to want it asks for.
type shared[T any] struct {
	once sync.Once
	is   T
	err  error
}

func (s *shared[T]) get(ask func() (T, error)) (T, error) {
	s.once.Do(func() { s.is, s.err = ask() })
	return s.is, s.err
}

// entry finds what is shared under a key.
func entry[T any](mu *sync.Mutex, all map[string]*shared[T], key string) *shared[T] {
	mu.Lock()
	defer mu.Unlock()
	if all[key] == nil {
		all[key] = &shared[T]{}
	}
	return all[key]
}

func newRound(s *Source, want telemetry.Request, at moment) *round {
	return &round{
		source: s, at: at, joiner: newJoiner(want),
		vectors: map[string]*shared[answered]{}, ages: map[string]*shared[ages]{},
	}
}

// readAll reads all metrics side by side.
func (r *round) readAll(ctx context.Context, metrics []telemetry.Metric) []*outcome {
	out := make([]*outcome, len(metrics))
	var wait sync.WaitGroup
	for i := range metrics {
		wait.Go(func() { out[i] = r.read(ctx, &metrics[i]) })
	}
	wait.Wait()
	return out
}

// vector asks a query, or waits for whoever asks it.
func (r *round) vector(ctx context.Context, text string, lookback time.Duration) (answered, error) {
	return entry(&r.mu, r.vectors, lookback.String()+" "+text).get(func() (a answered, err error) {
		a.vector, a.infos, err = r.source.vector(ctx, r.at.server, text, lookback)
		return a, err
	})
}

// agesOf asks when the samples of a selector were measured.
func (r *round) agesOf(ctx context.Context, t timing, whose identity, lookback time.Duration) (ages, error) {
	text := t.query(whose.labels...)
	return entry(&r.mu, r.ages, lookback.String()+" "+text).get(func() (ages, error) {
		answer, _, err := r.source.vector(ctx, r.at.server, text, lookback)
		return newAges(answer, whose, t.offset), err
	})
}

// join finds the nodes of an answer's series. An error is a refusal.
func (r *round) join(answer model.Vector, how telemetry.Join) (*joined, error) {
	r.joining.Lock()
	defer r.joining.Unlock()
	nodes, err := r.joiner.join(answer, how)
	if err != nil {
		return nil, refusal{err}
	}
	return nodes, nil
}
