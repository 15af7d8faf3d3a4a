package evaluator

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// inTraces runs an evaluator whose spans are kept, while its source is read and fails.
func inTraces(t *testing.T, test func([]trace.ReadOnlySpan)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		kept := tracetest.NewSpanRecorder()
		w := newWorld(t, hot, newNodes(3), func(o *Options) {
			o.Tracer = trace.NewTracerProvider(trace.WithSpanProcessor(kept)).Tracer("")
		})
		w.memory.set(everyNode(3, 95))
		w.start()
		w.memory.fail("no route to host")
		w.pass(20 * time.Second)
		test(kept.Ended())
	})
}

func TestATickIsTracedWithItsPartsAndWhatItFollows(t *testing.T) {
	inTraces(t, func(spans []trace.ReadOnlySpan) {
		ticks, readings := all(spans, "tick"), all(spans, "collect")
		if len(ticks) < 2 || len(readings) < 2 {
			t.Fatalf("there are %d ticks and %d readings", len(ticks), len(readings))
		}
		for _, part := range []string{"evaluate", "publish"} {
			if of := all(spans, part); len(of) != len(ticks) || of[0].Parent().SpanID() != ticks[0].SpanContext().SpanID() {
				t.Errorf("%d ticks have %d spans %s, or not as parts", len(ticks), len(of), part)
			}
		}
		if links := ticks[0].Links(); len(links) != 1 || !links[0].SpanContext.Equal(readings[0].SpanContext()) {
			t.Errorf("the first tick follows %v", links)
		}
		want(t, all(spans, "evaluate")[0], "telemetry_scheduler.rule_count=1 telemetry_scheduler.nodes=3 telemetry_scheduler.transitions=3")
	})
}

func TestAReadingIsTracedWithItsFault(t *testing.T) {
	inTraces(t, func(spans []trace.ReadOnlySpan) {
		readings := all(spans, "collect")
		want(t, readings[0], "telemetry_scheduler.source=s telemetry_scheduler.metrics=2 telemetry_scheduler.samples=3")
		bad := readings[len(readings)-1]
		want(t, bad, "telemetry_scheduler.source=s telemetry_scheduler.metrics=2")
		if bad.Status().Code != codes.Error || len(bad.Events()) != 1 {
			t.Errorf("one that failed has the status %v and the events %v", bad.Status(), bad.Events())
		}
	})
}

func all(spans []trace.ReadOnlySpan, name string) []trace.ReadOnlySpan {
	return slices.DeleteFunc(slices.Clone(spans), func(s trace.ReadOnlySpan) bool { return s.Name() != name })
}

func want(t *testing.T, span trace.ReadOnlySpan, attributes string) {
	t.Helper()
	got := ""
	for i, a := range span.Attributes() {
		if i > 0 {
			got += " "
		}
		got += string(a.Key) + "=" + a.Value.String()
	}
	if got != attributes {
		t.Errorf("the span %s has %s, want %s", span.Name(), got, attributes)
	}
}
