package args

import (
	"net"
	"strconv"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Tracing says where traces go, as a TracingConfiguration of other Kubernetes components does.
type Tracing struct {
	// Endpoint is a collector's that takes OTLP over gRPC, without TLS: "host:port", or
	// "unix:///path".
	Endpoint string
	// SamplingRatePerMillion is how many of a million traces are kept; at least 1.
	SamplingRatePerMillion int32
}

// tracingSpec is Tracing as it is written.
type tracingSpec struct {
	Endpoint               *string `json:"endpoint"`
	SamplingRatePerMillion *int32  `json:"samplingRatePerMillion"`
}

const million = 1_000_000

func (v *validator) tracing(path strictyaml.Path, s *tracingSpec) {
	if s == nil || v.at.Broken(path) {
		return
	}
	const mend = "write how many of a million traces are kept, such as 10000, or remove tracing"
	switch rate := s.SamplingRatePerMillion; {
	case rate == nil:
		v.wrong(path, mend, "tracing without samplingRatePerMillion would trace nothing")
	case *rate < 1 || *rate > million:
		v.wrong(path.Child("samplingRatePerMillion"), mend, "samplingRatePerMillion must be from 1 to %d", million)
	}
	if !isCollector(*s.Endpoint) {
		v.wrong(path.Child("endpoint"), "write host:port, as otel-collector.monitoring:4317, or unix:///path; there is no TLS",
			"%q is not where a collector can be reached", strictyaml.Show(*s.Endpoint))
	}
}

// isCollector reports whether gRPC can make sense of an endpoint, and OpenTelemetry too.
func isCollector(endpoint string) bool {
	if path, local := strings.CutPrefix(endpoint, "unix://"); local {
		return strings.HasPrefix(path, "/") && len(path) > 1
	}
	host, port, err := net.SplitHostPort(endpoint)
	number, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && number > 0 && host != "" && !strings.ContainsAny(host, "/ @")
}

func tracingOf(s *tracingSpec) *Tracing {
	if s == nil {
		return nil
	}
	return &Tracing{Endpoint: *s.Endpoint, SamplingRatePerMillion: *s.SamplingRatePerMillion}
}
