package prometheus

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// BenchmarkCollect reads 50 metrics of 5,000 nodes: 50 value queries, each with
// a selector and so an age query of its own. The answers have the form of those of a
// Prometheus 3 that scrapes node_exporter, and come packed as it packs them.
func BenchmarkCollect(b *testing.B) {
	const nodes, metrics = 5000, 50
	crowd := &crowd{packed: map[string][]byte{}}
	at := httptest.NewServer(crowd)
	defer at.Close()
	src, err := New(Options{URL: at.URL})
	if err != nil {
		b.Fatal(err)
	}
	var want telemetry.Request
	for i := range nodes {
		want.Nodes = append(want.Nodes, telemetry.Node{
			Name: fmt.Sprintf("node-%05d", i), Labels: map[string]string{"kubernetes.io/hostname": fmt.Sprintf("node-%05d", i)},
			Addresses: []telemetry.Address{{Type: "InternalIP", Address: address(i)}, {Type: "Hostname", Address: fmt.Sprintf("node-%05d", i)}},
		})
	}
	for i := range metrics {
		query := fmt.Sprintf("node_metric_%d", i)
		want.Metrics = append(want.Metrics, telemetry.Metric{Name: query, Query: query})
		crowd.add(query, nodes)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := src.Collect(b.Context(), want)
		if err != nil || len(r.Samples) != nodes*metrics {
			b.Fatal(len(r.Samples), err, r.Faults)
		}
	}
	b.ReportMetric(float64(crowd.requests.Load())/float64(b.N), "requests/op")
	b.ReportMetric(float64(crowd.bytes.Load())/float64(b.N), "bytes-received/op")
}

// BenchmarkPods reads 100,000 pods: two value queries and their ages.
func BenchmarkPods(b *testing.B) {
	const pods = 100_000
	crowd := &crowd{packed: map[string][]byte{}}
	at := httptest.NewServer(crowd)
	defer at.Close()
	src, err := New(Options{URL: at.URL})
	if err != nil {
		b.Fatal(err)
	}
	values, ages, now := make([]string, pods), make([]string, pods), time.Now()
	for i := range pods {
		labels := fmt.Sprintf("namespace=namespace-%d,pod=deployment-5d59d67564-%05d ", i%100, i)
		values[i], ages[i] = labels+fmt.Sprint(i), labels+unix(now)
	}
	for query, selector := range map[string]string{PodCPU: "pod_cpu_usage_seconds_total", PodMemory: "pod_memory_working_set_bytes"} {
		crowd.packed[query] = pack(vectorOf(unix(now), values))
		crowd.packed[timing{selector: selector}.query(podIdentity.labels...)] = pack(vectorOf(unix(now), ages))
	}
	values, ages = nil, nil
	before := heap()
	b.ReportAllocs()
	for b.Loop() {
		if r, err := src.Pods(b.Context()); err != nil || len(r.Use) != pods {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(heap()-before)/pods, "held-B/pod")
	runtime.KeepAlive(src)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// crowd answers with prepared bodies.
type crowd struct {
	packed          map[string][]byte
	requests, bytes atomic.Int64
}

func address(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255) }

func (c *crowd) add(query string, nodes int) {
	values, ages := make([]string, nodes), make([]string, nodes)
	now := time.Now()
	for i := range nodes {
		values[i] = fmt.Sprintf("__name__=%s,container=node-exporter,endpoint=metrics,instance=%s:9100,job=node-exporter,namespace=monitoring,pod=node-exporter-%05x,service=node-exporter %d.%d", query, address(i), i, i, i)
		ages[i] = fmt.Sprintf("instance=%s:9100 %s", address(i), unix(now.Add(-time.Duration(i)*time.Millisecond)))
	}
	c.packed[query] = pack(vectorOf(unix(now), values))
	c.packed[timing{selector: query}.query("instance")] = pack(vectorOf(unix(now), ages))
}

func pack(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// ServeHTTP implements http.Handler.
func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	c.requests.Add(1)
	text := r.FormValue("query")
	if text == "time()" || strings.HasSuffix(r.URL.Path, "buildinfo") {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"scalar","result":[%s,"1"]}}`, unix(time.Now()))
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	c.bytes.Add(int64(len(c.packed[text])))
	_, _ = w.Write(c.packed[text])
}
