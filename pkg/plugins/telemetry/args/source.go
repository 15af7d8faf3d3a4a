package args

import "time"

// Source is one telemetry source.
type Source struct {
	Name string
	Type SourceType
	// Interval is the time between two readings for the built-in metrics, and the
	// least time between two readings for others.
	Interval time.Duration

	// CAFile holds the authority that signs the certificates of kubelets; empty for
	// the cluster's own.
	CAFile string
	// InsecureSkipTLSVerify shows a token to whoever takes the place of a kubelet.
	InsecureSkipTLSVerify bool

	// URL is that of a Prometheus-compatible server.
	URL string
	// HTTP configures the client of that server, in the words of Prometheus' own
	// configuration: a document for prometheus/common, which may be empty.
	HTTP string
	// Matchers are put into every selector of every query, such as cluster="eu-1".
	Matchers []string
	// Queries replace those of the built-in metrics.
	Queries Queries
	// Timeout bounds one reading; 0 for the default.
	Timeout time.Duration
	// MaxBytes bounds one answer; 0 for the default.
	MaxBytes int64

	// Options are those of a type that a program adds: a YAML document, which may be
	// empty.
	Options string
}

// Queries are the PromQL of the built-in metrics and of pods; empty ones are the
// defaults.
type Queries struct {
	// CPU gives the used cores of each node, Memory the bytes.
	CPU, Memory string
	// PodCPU and PodMemory give the same of each pod, with the labels namespace and pod.
	PodCPU, PodMemory string
}

// SourceType says what a source reads.
type SourceType string

// The types of sources that come with the product.
const (
	MetricsAPI    SourceType = "MetricsAPI"
	Kubelet       SourceType = "Kubelet"
	Prometheus    SourceType = "Prometheus"
	CustomMetrics SourceType = "CustomMetrics"
)

// Types returns the types that come with the product and those that a program
// adds.
func Types(added ...string) []string {
	return append([]string{string(MetricsAPI), string(Kubelet), string(Prometheus), string(CustomMetrics)}, added...)
}

// fieldsOf are the fields that only some types of sources have. A type that is not
// listed comes from a program that adds it.
var fieldsOf = map[SourceType][]string{
	MetricsAPI:    {},
	Kubelet:       {"caFile", "insecureSkipTLSVerify"},
	Prometheus:    {"url", "http", "matchers", "queries", "timeout", "maxBytes"},
	CustomMetrics: {"timeout"},
}

// fieldsOfAdded are those of the types that a program adds.
var fieldsOfAdded = []string{"timeout", "options"}
