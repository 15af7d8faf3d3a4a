package app

import (
	"net"
	"testing"
	"time"

	tracingapi "k8s.io/component-base/tracing/api/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestTracesReachTheCollectorAtTheEnd(t *testing.T) {
	collector, err := testbed.StartCollector()
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Stop()
	traces, err := newTraces(t.Context(), &args.Tracing{Endpoint: collector.Endpoint, SamplingRatePerMillion: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, outer := traces.tracer.Start(t.Context(), "outer")
	_, inner := traces.tracer.Start(ctx, "inner")
	inner.End()
	outer.End()
	traces.end()
	got := collector.Spans("")
	if len(got) != 2 || got[0].Name != "inner" || got[0].Parent != got[1].ID || got[1].Service != "telemetry-scheduler" {
		t.Errorf("the collector has %+v", got)
	}
}

func TestNobodyWaitsForACollectorThatIsAway(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	traces, err := newTraces(t.Context(), &args.Tracing{Endpoint: listener.Addr().String(), SamplingRatePerMillion: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 10_000 { // more than are kept for sending
			_, span := traces.tracer.Start(t.Context(), "span")
			span.End()
		}
		traces.end()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("somebody waits")
	}
}

func TestWithoutTracingThereIsNoSpan(t *testing.T) {
	traces, err := newTraces(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer traces.end()
	_, span := traces.tracer.Start(t.Context(), "span")
	if span.IsRecording() || span.SpanContext().IsValid() {
		t.Errorf("there is %v", span)
	}
}

// TestOtherComponentsTakeTheSameTracing: what we take for a collector is one for them.
func TestOtherComponentsTakeTheSameTracing(t *testing.T) {
	for _, text := range []string{
		"tracing: {samplingRatePerMillion: 1}", "tracing: {endpoint: 'otel.monitoring:4317', samplingRatePerMillion: 1000000}",
		"tracing: {endpoint: '[::1]:4317', samplingRatePerMillion: 5}", "tracing: {endpoint: 'unix:///run/otel.sock', samplingRatePerMillion: 5}",
	} {
		said, err := args.Parse([]byte(text), args.Options{SourceTypes: args.Types()})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if wrong := tracingapi.ValidateTracingConfiguration(tracingOf(said.Tracing), nil, nil); len(wrong) > 0 {
			t.Errorf("%s: %v", text, wrong.ToAggregate())
		}
		traces, err := newTraces(t.Context(), said.Tracing)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		traces.end()
	}
}
