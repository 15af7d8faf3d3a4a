package prometheus

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"
)

// BenchmarkPods reads 100,000 pods: two value queries and their ages. Answers come
// packed, as Prometheus packs them. What nodes cost is measured in test/sources.
func BenchmarkPods(b *testing.B) {
	const pods = 100_000
	answers := crowd{}
	at := httptest.NewServer(answers)
	defer at.Close()
	src, err := New(Options{URL: at.URL})
	if err != nil {
		b.Fatal(err)
	}
	answers.add(pods, time.Now())
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

// crowd answers queries with prepared bodies.
type crowd map[string][]byte

func (c crowd) add(pods int, now time.Time) {
	values, ages := make([]string, pods), make([]string, pods)
	for i := range pods {
		labels := fmt.Sprintf("namespace=namespace-%d,pod=deployment-5d59d67564-%05d ", i%100, i)
		values[i], ages[i] = labels+fmt.Sprint(i), labels+unix(now)
	}
	for query, selector := range map[string]string{PodCPU: "pod_cpu_usage_seconds_total", PodMemory: "pod_memory_working_set_bytes"} {
		c[query] = pack(vectorOf(unix(now), values))
		c[timing{selector: selector}.query(podIdentity.labels...)] = pack(vectorOf(unix(now), ages))
	}
}

func pack(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// ServeHTTP implements http.Handler.
func (c crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	text := r.FormValue("query")
	if text == "time()" {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"scalar","result":[%s,"1"]}}`, unix(time.Now()))
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(c[text])
}
