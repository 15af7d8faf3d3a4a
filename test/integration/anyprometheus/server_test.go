package anyprometheus

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// patience bounds each wait: the machine may be busy.
const patience = time.Minute

// nodes are those of the cluster.
var nodes = []telemetry.Node{
	{Name: "blue", Addresses: []telemetry.Address{{Type: "InternalIP", Address: "10.0.0.1"}, {Type: "InternalIP", Address: "fd00::1"}}},
	{Name: "red", Addresses: []telemetry.Address{{Type: "InternalIP", Address: "10.0.0.2"}, {Type: "InternalIP", Address: "fd00::2"}}},
}

// server is a running Prometheus that has scraped all of its targets.
type server struct {
	*testbed.RunningPrometheus
	t   *testing.T
	api v1.API
}

// start starts a Prometheus that scrapes so many targets.
func start(t *testing.T, targets int, p testbed.Prometheus) *server {
	t.Helper()
	bed, err := testbed.Empty(t.Context(), testbed.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(bed.Stop)
	running, err := bed.StartPrometheus(t.Context(), p)
	must(t, err)
	client, err := api.NewClient(api.Config{Address: running.URL})
	must(t, err)
	s := &server{running, t, v1.NewAPI(client)}
	s.eventually(func(ctx context.Context) error {
		if up := s.raw(ctx, "sum(up)"); up != float64(targets) {
			return fmt.Errorf("%v of %d targets are up", up, targets)
		}
		return nil
	})
	return s
}

// version is what the server says of itself.
func (s *server) version() *version.Version {
	s.t.Helper()
	info, err := s.api.Buildinfo(s.t.Context())
	must(s.t, err)
	is, err := version.ParseGeneric(info.Version)
	must(s.t, err)
	return is
}

// raw is what the server itself answers to a query: one number, or 0 without any.
func (s *server) raw(ctx context.Context, query string) float64 {
	value, _, err := s.api.Query(ctx, query, time.Time{})
	must(s.t, err)
	sum := 0.0
	for _, sample := range value.(model.Vector) {
		sum += float64(sample.Value)
	}
	return sum
}

// source is one that reads the server.
func (s *server) source(matchers ...string) *prometheus.Source {
	s.t.Helper()
	source, err := prometheus.New(prometheus.Options{URL: s.URL, Matchers: matchers})
	must(s.t, err)
	return source
}

// collect reads metrics once.
func (s *server) collect(from *prometheus.Source, metrics ...telemetry.Metric) *telemetry.Reading {
	s.t.Helper()
	reading, err := from.Collect(s.t.Context(), telemetry.Request{Nodes: nodes, Metrics: metrics})
	must(s.t, err)
	return reading
}

func (s *server) eventually(check func(context.Context) error) {
	s.t.Helper()
	must(s.t, testbed.Within(s.t.Context(), patience, check))
}

// metric is one with the name of its query, and nothing else of its author's.
func metric(query string) telemetry.Metric {
	return telemetry.Metric{Name: query, Query: query, MaxAge: 3 * time.Minute}
}

// of is the key of a metric on a node.
func of(m telemetry.Metric, node string) telemetry.Key {
	return telemetry.Key{Metric: m.Name, Node: node}
}

// exporter serves what text returns for a path and the number of the scrape.
type exporter struct {
	*httptest.Server
	text func(path string, scrape int) string

	mu     sync.Mutex
	scrape int
	// last is when it was scraped last.
	last time.Time
}

func export(t *testing.T, text func(path string, scrape int) string) *exporter {
	e := &exporter{text: text}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

// ServeHTTP implements http.Handler.
func (e *exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.scrape, e.last = e.scrape+1, time.Now()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = io.WriteString(w, e.text(r.URL.Path, e.scrape))
}

// scraped is when it was scraped last.
func (e *exporter) scraped() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// target scrapes a path of the exporter; labels are names and values in turn.
func (e *exporter) target(path string, labels ...string) testbed.Target {
	t := testbed.Target{Address: e.Listener.Addr().String(), Path: path, Labels: map[string]string{}}
	for pair := range slices.Chunk(labels, 2) {
		maps.Copy(t.Labels, map[string]string{pair[0]: pair[1]})
	}
	return t
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
