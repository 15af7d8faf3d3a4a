// Package sources measures what the telemetry sources send and cost, at 5,000 nodes
// with 100,000 pods. The answers come from HTTP servers in a process of their own, and
// have the form that real parts gave them at 100 nodes; see testdata/README.md.
//
//	make bench-sources
package sources

import (
	"net"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/custommetrics"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/kubelet"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/metricsapi"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

var large = scale{nodes: 5000, podsOfANode: 20}

// Default intervals: of sources and with them of the built-in metrics, and of the
// metrics that rules define.
const (
	sourceInterval = 15 * time.Second
	metricInterval = 30 * time.Second
)

// subject is a source with what it is asked for.
type subject struct {
	name     string
	source   func(*backEnd) (telemetry.Source, error)
	metrics  []telemetry.Metric
	interval time.Duration
}

var builtins = []telemetry.Metric{{Name: telemetry.UsedCPU}, {Name: telemetry.UsedMemory}}

// subjects read for fifty rules: on built-in metrics, where their number makes no
// difference, or each on a metric of its own, which is the most that they can ask for.
var subjects = []subject{
	{"MetricsAPI", newMetricsAPI, builtins, sourceInterval},
	{"Kubelet", newKubelets, builtins, sourceInterval},
	{"Prometheus, built-in metrics", newPrometheus, builtins, sourceInterval},
	{"Prometheus, a metric a rule", newPrometheus, own(), metricInterval},
	{"CustomMetrics, a metric a rule", newCustomMetrics, own(), metricInterval},
}

// own are metrics of fifty rules.
func own() []telemetry.Metric {
	out := make([]telemetry.Metric, metricCount)
	for i := range out {
		name := metricName(i)
		out[i] = telemetry.Metric{Name: name, Query: name, Custom: &telemetry.CustomMetric{Name: name}}
	}
	return out
}

func apiServer(b *backEnd) *rest.Config {
	return &rest.Config{Host: "https://" + b.API, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
}

func newMetricsAPI(b *backEnd) (telemetry.Source, error) { return metricsapi.New(apiServer(b)) }

func newCustomMetrics(b *backEnd) (telemetry.Source, error) {
	return custommetrics.New(apiServer(b), custommetrics.Options{})
}

func newPrometheus(b *backEnd) (telemetry.Source, error) {
	o := prometheus.Options{URL: "http://" + b.Prometheus}
	for query, selector := range builtinQueries {
		if selector == query {
			o.Memory = query
		} else {
			o.CPU = query
		}
	}
	return prometheus.New(o)
}

func newKubelets(b *backEnd) (telemetry.Source, error) {
	_, text, err := net.SplitHostPort(b.Kubelets)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, err
	}
	// On two cores that also play 5,000 kubelets, a reading takes longer than a second.
	return kubelet.New(kubelet.Options{TLS: rest.TLSClientConfig{Insecure: true}, Port: int32(port), Patience: time.Minute, NodeTimeout: time.Minute})
}

// request asks for metrics of all nodes.
func request(s scale, metrics []telemetry.Metric) telemetry.Request {
	want := telemetry.Request{Metrics: metrics}
	for i := range s.nodes {
		want.Nodes = append(want.Nodes, telemetry.Node{
			Name: nodeName(i), UID: nodeName(i), Labels: map[string]string{"kubernetes.io/hostname": nodeName(i)},
			Addresses: []telemetry.Address{{Type: "InternalIP", Address: address(i)}, {Type: "Hostname", Address: nodeName(i)}},
		})
	}
	return want
}

// reader takes readings in, as the evaluator does.
type reader struct {
	tb       testing.TB
	source   telemetry.Source
	want     telemetry.Request
	snapshot *telemetry.Snapshot
}

func (s *subject) reader(tb testing.TB, b *backEnd, size scale) *reader {
	tb.Helper()
	if s.name == "Kubelet" && runtime.GOOS != "linux" {
		tb.Skip("only Linux answers at every address of 127.0.0.0/8")
	}
	source, err := s.source(b)
	if err != nil {
		tb.Fatal(err)
	}
	return &reader{tb: tb, source: source, want: request(size, s.metrics)}
}

func (r *reader) read() {
	reading, err := r.source.Collect(r.tb.Context(), r.want)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.snapshot = r.snapshot.With(reading, time.Now())
}

// unknown names a node of which a metric is not known, and why; empty where there is
// none.
func (r *reader) unknown() string {
	for _, m := range r.want.Metrics {
		for _, n := range r.want.Nodes {
			if _, _, why := r.snapshot.Sample(m.Name, n.Name); why != "" {
				return m.Name + " of " + n.Name + ": " + why
			}
		}
	}
	return ""
}

// warm reads until everything is known: kubelets' CPU use is from the second reading
// on, which has to be a second after the first.
func (r *reader) warm() {
	r.tb.Helper()
	for began := time.Now(); ; {
		r.read()
		why := r.unknown()
		if why == "" {
			return
		}
		if time.Since(began) > time.Minute {
			r.tb.Fatal(why)
		}
	}
}

// BenchmarkCollect takes in one reading after another over connections that stand,
// as after the first. It reports what one costs, and what all of a minute send at
// default intervals.
func BenchmarkCollect(b *testing.B) {
	for _, s := range subjects {
		b.Run(s.name, func(b *testing.B) {
			back := startBackEnd(b, large)
			r := s.reader(b, back, large)
			r.warm()
			before, peak := back.traffic(), watchHeap()
			b.ReportAllocs()
			for b.Loop() {
				r.read()
			}
			b.ReportMetric(float64(peak())/1e6, "peak-MB")
			back.traffic().minus(before).report(b, s.interval)
		})
	}
}

// report says what is sent in a minute with a reading each interval.
func (t traffic) report(b *testing.B, interval time.Duration) {
	perMinute := time.Minute.Seconds() / interval.Seconds() / float64(b.N)
	b.ReportMetric(float64(t.Requests)*perMinute, "requests/min")
	b.ReportMetric(float64(t.Sent)*perMinute/1e6, "sent-MB/min")
	b.ReportMetric(float64(t.Received)*perMinute/1e6, "received-MB/min")
}

// BenchmarkPods reads the use of 100,000 pods from the metrics API. What kubelets and
// Prometheus say of pods is measured beside the packages that read it.
func BenchmarkPods(b *testing.B) {
	back := startBackEnd(b, large)
	source, err := metricsapi.New(apiServer(back))
	if err != nil {
		b.Fatal(err)
	}
	before, peak := back.traffic(), watchHeap()
	b.ReportAllocs()
	for b.Loop() {
		reading, err := source.Pods(b.Context())
		if err != nil || len(reading.Use) != large.nodes*large.podsOfANode {
			b.Fatal(len(reading.Use), err)
		}
	}
	b.ReportMetric(float64(peak())/1e6, "peak-MB")
	b.ReportMetric(float64(back.traffic().minus(before).Received)/float64(b.N)/1e6, "received-MB/op")
}

// watchHeap begins to look at the heap. The function that it returns ends that, and
// returns how far it rose above what was in use, in bytes: what is in use at once and
// the garbage beside it.
func watchHeap() func() uint64 {
	runtime.GC()
	began, stop, most := heap(), make(chan struct{}), make(chan uint64)
	go func() {
		peak := began
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				peak = max(peak, heap())
			case <-stop:
				tick.Stop()
				most <- peak - began
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-most
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// token is as long as that of a ServiceAccount.
var token = strings.Repeat("x", 1100)

func TestEverySourceReadsTheGeneratedAnswers(t *testing.T) {
	small := scale{nodes: 10, podsOfANode: 3}
	back := startBackEnd(t, small)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			s.reader(t, back, small).warm()
		})
	}
}

// TestGeneratedAnswersAreAsLargeAsTheRecordedOnes makes answers for as many nodes as
// were recorded; names and values differ a little in length.
func TestGeneratedAnswersAreAsLargeAsTheRecordedOnes(t *testing.T) {
	s := scale{nodes: 100, podsOfANode: 1}
	for name, generate := range map[string]func(recorded) ([]byte, error){
		"metrics-nodes": func(r recorded) ([]byte, error) { return nodeMetrics(r, s) },
		"metrics-pods":  func(r recorded) ([]byte, error) { return podMetrics(r, s) },
		"custommetrics": func(r recorded) ([]byte, error) { return metricValues(r, "gpu_temperature", s) },
		"kubelet":       func(r recorded) ([]byte, error) { return kubeletText(r, s), nil },
		"prometheus-values": func(r recorded) ([]byte, error) {
			return vectorOf(r, "node_memory_working_set_bytes", s, func(int) string { return "1073741824" })
		},
		"prometheus-ages": func(r recorded) ([]byte, error) {
			return vectorOf(r, "", s, func(int) string { return "1764108000.123" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := recording(name)
			if err != nil {
				t.Fatal(err)
			}
			body, err := generate(r)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := strconv.Atoi(r.head.Get("Bytes"))
			if share := float64(len(body)) / float64(recorded); err != nil || share < 0.8 || share > 1.25 {
				t.Errorf("%d bytes were recorded, and %d are generated", recorded, len(body))
			}
		})
	}
}
