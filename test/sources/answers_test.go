package sources

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// metricCount is how many metrics of their own rules have.
const metricCount = 50

func metricName(i int) string { return fmt.Sprintf("node_metric_%02d", i) }

// reply is a prepared answer.
type reply struct {
	kind string
	body []byte
	// packed says that the body is packed.
	packed bool
}

func (a reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.kind)
	if a.packed {
		w.Header().Set("Content-Encoding", "gzip")
	}
	_, _ = w.Write(a.body)
}

// packedAbove is from which size on API servers pack their answers, as fast as they
// can.
const packedAbove = 128 << 10

// newReply packs a body as the real part would; see testdata/README.md.
func newReply(r recorded, body []byte, level int) (reply, error) {
	a := reply{kind: r.head.Get("Content-Type"), body: body}
	if level == gzip.NoCompression {
		return a, nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	return reply{a.kind, out.Bytes(), true}, err
}

// byAPIServer packs what is large.
func byAPIServer(r recorded, body []byte) (reply, error) {
	if len(body) <= packedAbove {
		return newReply(r, body, gzip.NoCompression)
	}
	return newReply(r, body, gzip.BestSpeed)
}

// answers are everything that the back ends say.
type answers struct {
	// byPath are those of the API server, and byQuery those of Prometheus.
	byPath, byQuery map[string]reply
	ofKubelet       reply
}

func newAnswers(s scale) (*answers, error) {
	a := &answers{byPath: map[string]reply{}, byQuery: map[string]reply{}}
	for _, prepare := range []func(scale) error{a.prepareMetrics, a.prepareKubelet, a.preparePrometheus, a.prepareCustom} {
		if err := prepare(s); err != nil {
			return nil, err
		}
	}
	return a, nil
}

const (
	metricsAPI = "/apis/metrics.k8s.io/v1beta1/"
	customAPI  = "/apis/custom.metrics.k8s.io/v1beta2/"
)

func (a *answers) prepareMetrics(s scale) error {
	for what, list := range map[string]func(recorded, scale) ([]byte, error){"nodes": nodeMetrics, "pods": podMetrics} {
		r, err := recording("metrics-" + what)
		if err != nil {
			return err
		}
		body, err := list(r, s)
		if err != nil {
			return err
		}
		if a.byPath[metricsAPI+what], err = byAPIServer(r, body); err != nil {
			return err
		}
	}
	return nil
}

func (a *answers) prepareKubelet(s scale) error {
	r, err := recording("kubelet")
	if err == nil {
		a.ofKubelet, err = newReply(r, kubeletText(r, s), gzip.DefaultCompression)
	}
	return err
}

func (a *answers) prepareCustom(s scale) error {
	r, err := recording("custommetrics")
	if err != nil {
		return err
	}
	for i := range metricCount {
		body, err := metricValues(r, metricName(i), s)
		if err != nil {
			return err
		}
		if a.byPath[customAPI+"nodes/*/"+metricName(i)], err = byAPIServer(r, body); err != nil {
			return err
		}
	}
	return nil
}

// The queries of the built-in metrics, as a Prometheus that scrapes kubelets has them.
var builtinQueries = map[string]string{
	"rate(node_cpu_usage_seconds_total[2m])": "node_cpu_usage_seconds_total",
	"node_memory_working_set_bytes":          "node_memory_working_set_bytes",
}

func (a *answers) preparePrometheus(s scale) error {
	queries := map[string]string{}
	for query, selector := range builtinQueries {
		queries[query] = selector
	}
	for i := range metricCount {
		queries[metricName(i)] = metricName(i)
	}
	for query, selector := range queries {
		if err := a.prepareQuery(query, selector, s); err != nil {
			return err
		}
	}
	return nil
}

// prepareQuery prepares the answers to a query, and to when its selector was measured.
func (a *answers) prepareQuery(query, selector string, s scale) error {
	values, err := recording("prometheus-values")
	if err != nil {
		return err
	}
	ages, err := recording("prometheus-ages")
	if err != nil {
		return err
	}
	name := selector
	if query != selector {
		name = "" // a function drops it
	}
	body, err := vectorOf(values, name, s, func(int) string { return fmt.Sprint(100 * random.Float64()) })
	if err == nil {
		a.byQuery[query], err = newReply(values, body, gzip.DefaultCompression)
	}
	if err != nil {
		return err
	}
	now := time.Now()
	body, err = vectorOf(ages, "", s, func(i int) string { return unix(now.Add(-time.Duration(i) * time.Millisecond)) })
	if err == nil {
		a.byQuery["min by (instance) (max by (instance, job) (timestamp("+selector+")))"], err = newReply(ages, body, gzip.DefaultCompression)
	}
	return err
}

func unix(at time.Time) string {
	return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)
}

// groups is what discovery says of an API server with an adapter.
const groups = `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"custom.metrics.k8s.io","versions":[{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}],"preferredVersion":{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}}]}`

func (a *answers) api(w http.ResponseWriter, r *http.Request) {
	if answer, found := a.byPath[path.Clean(r.URL.Path)]; found {
		answer.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, groups)
}

func (a *answers) kubelet(w http.ResponseWriter, _ *http.Request) { a.ofKubelet.write(w) }

func (a *answers) prometheus(w http.ResponseWriter, r *http.Request) {
	if answer, found := a.byQuery[r.FormValue("query")]; found {
		answer.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/buildinfo") {
		_, _ = io.WriteString(w, `{"status":"success","data":{"version":"3.13.0"}}`)
		return
	}
	now := unix(time.Now())
	_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"scalar","result":[%s,%q]}}`, now, now)
}
