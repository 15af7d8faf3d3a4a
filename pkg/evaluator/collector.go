package evaluator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Source is a telemetry source under the name that the operator gave it.
type Source struct {
	Name string
	telemetry.Source
	// Interval is the time between the beginnings of two readings; the actual one
	// is up to a tenth shorter or longer, so that replicas do not read in step. A
	// metric with a longer interval of its own is not asked for each time.
	Interval time.Duration
	// Timeout bounds one reading; the interval, and 10 s at most, by default.
	Timeout time.Duration
}

// collected is what one reading of a source brought.
type collected struct {
	source string
	// asked are the fingerprints of the metrics that were asked for, by name.
	asked   map[string]string
	reading *telemetry.Reading // nil where err is not
	err     error
	ended   time.Time
	took    time.Duration
	// span is the reading in traces; not valid where nothing is traced.
	span trace.SpanContext
}

// courtesy is how long a source may take to return what it has after its
// deadline, before it counts as hanging.
const courtesy = time.Second

// collector reads one source again and again. At most one reading is under way:
// a source that hangs holds up only itself.
type collector struct {
	Source
	pace Pace
	// wanted says what the source is to bring, and request what to read of it; both
	// are called anew for each reading.
	wanted  func() []Want
	request func([]telemetry.Metric) telemetry.Request
	// hurry receives a value when something new is wanted.
	hurry <-chan struct{}
	// out takes the results; the reader must not lag behind for long.
	out    chan<- collected
	tracer trace.Tracer
}

func newCollector(e *Evaluator, h *sourceHealth) *collector {
	s := *h.source
	if s.Timeout == 0 {
		s.Timeout = min(s.Interval, 10*time.Second)
	}
	return &collector{
		Source: s, pace: Pace{Step: s.Interval}, hurry: h.hurry, out: e.collected, tracer: e.opts.Tracer,
		wanted: func() []Want { return e.wanted(h.source) }, request: e.request,
	}
}

// run reads until ctx ends, the first time at once.
func (c *collector) run(ctx context.Context) {
	for ctx.Err() == nil {
		next := time.NewTimer(wait.Jitter(c.Interval*9/10, 0.2))
		c.readDue(ctx)
		c.rest(ctx, next.C)
		next.Stop()
	}
}

// rest waits for the next reading, and meanwhile reads what is new.
func (c *collector) rest(ctx context.Context, next <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-next:
			return
		case <-c.hurry:
			c.readDue(ctx)
		}
	}
}

// readDue reads the metrics that are due; none is no reading.
func (c *collector) readDue(ctx context.Context) {
	if due := c.pace.Due(time.Now(), c.wanted()); len(due) > 0 {
		c.readOnce(ctx, due)
	}
}

// readOnce delivers one result, or two where the source returned long after its
// deadline: the failure when it was due, and what came in the end.
func (c *collector) readOnce(ctx context.Context, due []telemetry.Metric) {
	began := time.Now()
	done := make(chan collected, 1)
	go func() { done <- c.collect(ctx, due, began) }()
	overdue := time.NewTimer(c.Timeout + courtesy)
	defer overdue.Stop()
	select {
	case r := <-done:
		c.deliver(ctx, due, r)
		return
	case <-ctx.Done():
		return
	case <-overdue.C:
		c.deliver(ctx, due, c.result(nil, fmt.Errorf("it hangs: it has not returned %v after its deadline of %v", courtesy, c.Timeout), began))
	}
	select {
	case r := <-done:
		c.deliver(ctx, due, r)
	case <-ctx.Done():
	}
}

func (c *collector) deliver(ctx context.Context, due []telemetry.Metric, r collected) {
	r.asked = make(map[string]string, len(due))
	for i := range due {
		r.asked[due[i].Name] = due[i].Fingerprint()
	}
	select {
	case c.out <- r:
	case <-ctx.Done():
	}
}

// collect calls the source. A source that panics has failed, and no more.
func (c *collector) collect(ctx context.Context, due []telemetry.Metric, began time.Time) (r collected) {
	ctx, span := c.startReading(ctx, due)
	defer func() { endReading(span, &r) }()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			klog.FromContext(ctx).Error(nil, "A telemetry source panicked", "source", c.Name, "panic", p, "stack", string(debug.Stack()))
			r = c.result(nil, fmt.Errorf("it panicked: %v", p), began)
		}
	}()
	reading, err := c.Collect(ctx, c.request(due))
	if err == nil && reading == nil {
		err = errors.New("it returned neither a reading nor an error")
	}
	return c.result(reading, err, began)
}

func (c *collector) result(reading *telemetry.Reading, err error, began time.Time) collected {
	now := time.Now()
	if err != nil {
		reading, err = nil, fmt.Errorf("source %s: %w", c.Name, err)
	}
	return collected{source: c.Name, reading: reading, err: err, ended: now, took: now.Sub(began)}
}
