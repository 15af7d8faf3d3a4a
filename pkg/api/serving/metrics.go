package serving

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	apimetrics "k8s.io/apiserver/pkg/endpoints/metrics"
	"k8s.io/apiserver/pkg/endpoints/responsewriter"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

var (
	requests = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: "telemetry_scheduler", Name: "api_requests_total", StabilityLevel: metrics.ALPHA,
		Help: "Requests to the read-only API, by path (other for one that there is not) and HTTP status code.",
	}, []string{"path", "code"})

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() { registerOnce.Do(func() { legacyregistry.MustRegister(requests) }) }

// counted counts what a handler answers, those too who are not let in.
func counted(paths *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &apimetrics.ResponseWriterDelegator{ResponseWriter: w}
		next.ServeHTTP(responsewriter.WrapForHTTP1Or2(answer), r)
		requests.WithLabelValues(pathOf(paths, r), strconv.Itoa(answer.Status())).Inc()
	})
}

// pathOf is the path as it is documented, of which there are few.
func pathOf(paths *http.ServeMux, r *http.Request) string {
	_, pattern := paths.Handler(r)
	_, path, found := strings.Cut(pattern, v1alpha1.Prefix)
	if !found {
		return "other"
	}
	return path
}
