package app

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	tracingapi "k8s.io/component-base/tracing/api/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// receiver is a collector of OTLP that keeps the names of spans, each after the service that
// it came from.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	endpoint string

	mu    sync.Mutex
	names []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r, server := &receiver{endpoint: listener.Addr().String()}, grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return r
}

// Export implements collector.TraceServiceServer.
func (r *receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, from := range request.ResourceSpans {
		service := ""
		for _, a := range from.Resource.Attributes {
			if a.Key == "service.name" {
				service = a.Value.GetStringValue()
			}
		}
		for _, scope := range from.ScopeSpans {
			for _, span := range scope.Spans {
				r.names = append(r.names, service+" "+span.Name)
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func (r *receiver) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.names, ", ")
}

func TestTracesReachTheCollectorAtTheEnd(t *testing.T) {
	r := newReceiver(t)
	traces, err := newTraces(t.Context(), &args.Tracing{Endpoint: r.endpoint, SamplingRatePerMillion: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, outer := traces.tracer.Start(t.Context(), "outer")
	_, inner := traces.tracer.Start(ctx, "inner")
	inner.End()
	outer.End()
	traces.end()
	if got, want := r.got(), "telemetry-scheduler inner, telemetry-scheduler outer"; got != want {
		t.Errorf("the collector has %q, want %q", got, want)
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
