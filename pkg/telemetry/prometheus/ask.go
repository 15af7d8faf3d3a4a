package prometheus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// leastLookback is what a server looks back for a sample by default. Less would
// change what a query means to its author; more shows series that come seldom.
const leastLookback = 5 * time.Minute

// maxSlow bounds what is remembered of queries that got no answer.
const maxSlow = 1000

// moment is when a reading takes place.
type moment struct {
	// server is that time in the server's clock, and offset by how much it is ahead
	// of ours.
	server time.Time
	offset time.Duration
}

// ours turns Unix seconds of the server into a time of our clock.
func (m moment) ours(seconds float64) time.Time {
	return time.UnixMilli(int64(seconds * 1000)).Add(-m.offset)
}

// moment asks the server for its time.
func (s *Source) moment(ctx context.Context) (moment, error) {
	value, x, err := s.ask(ctx, s.slots, "time()", time.Time{}, leastLookback)
	if err != nil {
		return moment{}, err
	}
	scalar, ok := value.(*model.Scalar)
	if !ok {
		return moment{}, fmt.Errorf("asked for its time, the server answers with a %s", value.Type())
	}
	server := scalar.Timestamp.Time()
	s.mu.Lock()
	defer s.mu.Unlock()
	return moment{server, s.clocks.offset(server, x.sent, x.received)}, nil
}

// vector asks for an instant vector. Queries that got no answer the last time wait
// for each other alone.
func (s *Source) vector(ctx context.Context, at time.Time, text string, lookback time.Duration) (model.Vector, []string, error) {
	value, x, err := s.ask(ctx, s.lane(text), text, at, lookback)
	s.judge(text, err)
	if err != nil {
		return nil, nil, err
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, nil, refusal{fmt.Errorf("the server answers with a %s where a vector was asked for", value.Type())}
	}
	if x.vector != nil {
		vector = x.vector
	}
	return vector, x.infos, nil
}

// ask sends one query when there is room in the lane.
func (s *Source) ask(ctx context.Context, lane chan struct{}, text string, at time.Time, lookback time.Duration) (model.Value, *exchange, error) {
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-ctx.Done():
		return nil, nil, errNoRoom
	}
	patience := s.patience(ctx)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	x := &exchange{Client: s.client, now: s.opts.Now}
	value, warnings, err := v1.NewAPI(x).Query(ctx, text, at, v1.WithTimeout(wholeSeconds(patience)), v1.WithLookbackDelta(lookback))
	if err != nil {
		return nil, nil, explain(err, x.status, patience)
	}
	warnings, remarks := apart(warnings)
	if len(warnings) > 0 {
		return nil, nil, refusal{fmt.Errorf("the server warns: %s", cut(warnings[0]))}
	}
	x.infos = append(x.infos, remarks...)
	return value, x, nil
}

// remark begins what is no warning, but a word to the author of a query. Servers from
// 2.48 to 2.53, and Thanos, put both in one list.
const remark = "PromQL info"

func apart(said []string) (warnings, remarks []string) {
	for _, s := range said {
		if strings.HasPrefix(s, remark) {
			remarks = append(remarks, s)
		} else {
			warnings = append(warnings, s)
		}
	}
	return warnings, remarks
}

// errNoRoom is the cause of a query that was never sent.
var errNoRoom = errors.New("the time of the reading was over before there was room for the query, so slowly were others answered")

// patience is how long an answer is waited for: at most half of what remains of the
// reading, so that queries that hang leave time for those that wait behind them.
func (s *Source) patience(ctx context.Context) time.Duration {
	d := s.opts.Timeout
	if deadline, bounded := ctx.Deadline(); bounded {
		d = min(d, time.Until(deadline)/2)
	}
	return max(d.Round(time.Millisecond), time.Millisecond)
}

// wholeSeconds rounds up, because Prometheus reads no fractions such as 4.998s. We
// hang up when our patience ends, which ends the query too.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

func (s *Source) lane(text string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slow[text] {
		return s.otherSlots
	}
	return s.slots
}

func (s *Source) judge(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.slow, text)
	if len(s.slow) >= maxSlow {
		clear(s.slow)
	}
	if slow := late(0); errors.As(err, &slow) {
		s.slow[text] = true
	}
}
