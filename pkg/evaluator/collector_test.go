package evaluator

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// sourceFunc is a telemetry source made of its one method.
type sourceFunc func(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error)

func (f sourceFunc) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	return f(ctx, want)
}

var empty = &telemetry.Reading{}

// collectFor runs a collector with an interval of 15 s and returns what it
// delivered within d.
func collectFor(t *testing.T, d time.Duration, source sourceFunc) []collected {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer time.Sleep(2 * time.Hour) // lets a hanging source end before the bubble does
	defer stop()
	out := make(chan collected)
	c := &collector{
		Source: Source{Name: "s", Source: source, Interval: 15 * time.Second, Timeout: 10 * time.Second}, pace: Pace{Step: 15 * time.Second},
		wanted:  func() []Want { return []Want{{telemetry.Metric{Name: "m"}, 15 * time.Second}} },
		request: func([]telemetry.Metric) telemetry.Request { return telemetry.Request{} }, out: out,
		tracer: noop.NewTracerProvider().Tracer(""),
	}
	go c.run(ctx)
	var got []collected
	for {
		select {
		case r := <-out:
			got = append(got, r)
		case <-ctx.Done():
			return got
		}
	}
}

func errorsOf(results []collected) []string {
	var out []string
	for _, r := range results {
		if r.err != nil {
			out = append(out, r.err.Error())
		} else {
			out = append(out, "")
		}
	}
	return out
}

func TestASourceIsReadAtOnceAndThenAboutOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got := collectFor(t, 150*time.Second, func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return empty, nil })
		if got[0].ended != began {
			t.Errorf("the first reading ended %v after the start", got[0].ended.Sub(began))
		}
		for i := 1; i < len(got); i++ {
			if gap := got[i].ended.Sub(got[i-1].ended); gap < 13500*time.Millisecond || gap > 16500*time.Millisecond {
				t.Errorf("%v between two readings", gap)
			}
		}
	})
}

func TestWhatASourceCanDoWrong(t *testing.T) {
	for sentence, tc := range map[string]struct {
		source sourceFunc
		want   []string
	}{
		"it fails": {
			func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return empty, errors.New("no") },
			[]string{"source s: no"},
		},
		"it panics": {
			func(context.Context, telemetry.Request) (*telemetry.Reading, error) { panic("boo") },
			[]string{"source s: it panicked: boo"},
		},
		"it returns nothing": {
			func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return nil, nil },
			[]string{"source s: it returned neither a reading nor an error"},
		},
		"it takes until its deadline": {
			func(ctx context.Context, _ telemetry.Request) (*telemetry.Reading, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			[]string{"source s: context deadline exceeded"},
		},
		"it returns a part at its deadline": {
			func(ctx context.Context, _ telemetry.Request) (*telemetry.Reading, error) {
				<-ctx.Done()
				return empty, nil
			},
			[]string{""},
		},
		"it ignores its deadline and returns late": {
			func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
				time.Sleep(12 * time.Second)
				return empty, nil
			},
			[]string{"source s: it hangs: it has not returned 1s after its deadline of 10s", ""},
		},
		"it ignores its deadline for ever": {
			func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
				time.Sleep(time.Hour)
				return empty, nil
			},
			[]string{"source s: it hangs: it has not returned 1s after its deadline of 10s"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := collectFor(t, 13*time.Second, tc.source)
				if diff := cmp.Diff(tc.want, errorsOf(got)); diff != "" {
					t.Errorf("results (-want +got):\n%s", diff)
				}
				for _, r := range got {
					if (r.reading == nil) == (r.err == nil) {
						t.Errorf("result has both or neither of reading and error: %+v", r)
					}
				}
			})
		})
	}
}

func TestASourceIsNeverReadTwiceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		underWay := 0
		collectFor(t, 10*time.Minute, func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			underWay++
			defer func() { underWay-- }()
			if underWay > 1 {
				t.Error("two readings are under way")
			}
			time.Sleep(70 * time.Second)
			return empty, nil
		})
	})
}
