package testbed

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/grpc"
)

// Span is what a Collector knows of one.
type Span struct {
	// Trace, ID and Parent are bytes; Parent is empty for a span that is no part of another.
	Trace, ID, Parent string
	// Service is who made it.
	Service, Name string
	// Attributes are those whose values are texts.
	Attributes map[string]string
}

// Collector takes traces by OTLP over gRPC, and keeps them.
type Collector struct {
	collector.UnimplementedTraceServiceServer
	// Endpoint is host:port.
	Endpoint string

	server *grpc.Server
	mu     sync.Mutex
	spans  []Span
}

// StartCollector serves on a port of this machine until Stop.
func StartCollector() (*Collector, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for traces: %w", err)
	}
	c := &Collector{Endpoint: listener.Addr().String(), server: grpc.NewServer()}
	collector.RegisterTraceServiceServer(c.server, c)
	go func() { _ = c.server.Serve(listener) }() // which ends with Stop
	return c, nil
}

// Stop ends it at once.
func (c *Collector) Stop() { c.server.Stop() }

// Spans are those of a name so far, in the order in which they came; all where it is empty.
func (c *Collector) Spans(name string) []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.spans), func(s Span) bool { return name != "" && s.Name != name })
}

// Export implements collector.TraceServiceServer.
func (c *Collector) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, from := range request.ResourceSpans {
		service := texts(from.Resource.Attributes)["service.name"]
		for _, scope := range from.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, Span{string(s.TraceId), string(s.SpanId), string(s.ParentSpanId), service, s.Name, texts(s.Attributes)})
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func texts(attributes []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range attributes {
		if text, is := a.Value.Value.(*common.AnyValue_StringValue); is {
			out[a.Key] = text.StringValue
		}
	}
	return out
}
