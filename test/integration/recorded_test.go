package integration

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/clientset/versioned/scheme"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// record rewrites what test/sources makes large answers from.
var record = flag.Bool("record", false, "rewrite test/sources/testdata from real parts at 100 nodes")

// TestRecordedAnswersHaveTheFormOfTheRealParts asks every back end as our sources do.
func TestRecordedAnswersHaveTheFormOfTheRealParts(t *testing.T) {
	t.Parallel()
	count := 3
	if *record {
		count = 100
	}
	s := newStudio(t, count)
	for name, take := range s.takes() {
		t.Run(name, func(t *testing.T) {
			text := take(t).text(t)
			file := filepath.Join("..", "sources", "testdata", name+".txt")
			if *record {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			recorded, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := form(text), form(string(recorded)); got != want {
				t.Errorf("the real part answers in another form than %s has; record it again.\n%s\n%s", file, got, want)
			}
		})
	}
}

// studio has nodes with the labels that clouds give them, and the parts that know them.
type studio struct {
	t     *testing.T
	bed   *testbed.Bed
	nodes testbed.Nodes
	prom  *testbed.RunningPrometheus
}

func newStudio(t *testing.T, count int) *studio {
	t.Helper()
	s := &studio{t: t, bed: shared(t), nodes: testbed.Nodes{Prefix: "recorded", Count: count, Labels: map[string]string{
		corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux", corev1.LabelInstanceTypeStable: "m5.4xlarge",
		corev1.LabelTopologyRegion: "eu-central-1", corev1.LabelTopologyZone: "eu-central-1a", "pool": "general",
	}}}
	s.must(s.bed.AddNodes(t.Context(), s.nodes))
	var err error
	s.prom, err = s.bed.StartPrometheus(t.Context(), testbed.Prometheus{Name: "prom-recorded", Scrapes: []string{s.bed.KubeletScrape(s.nodes, asOperatorsLabel)}})
	s.must(err)
	startCustomMetrics(t, s.bed)
	for i := range count {
		s.must(testbed.Within(t.Context(), patience, func(ctx context.Context) error {
			return s.bed.SetCustomMetric(ctx, s.nodes.Name(i), "gpu_temperature", "40")
		}))
	}
	return s
}

// asOperatorsLabel are the labels that Prometheus Operator gives the series of
// node_exporter.
func asOperatorsLabel(node string) map[string]string {
	return map[string]string{
		"instance": "10.0.0.1" + strings.TrimPrefix(node, "recorded-") + ":9100", "job": "node-exporter", "container": "node-exporter",
		"endpoint": "metrics", "namespace": "monitoring", "pod": "node-exporter-" + node, "service": "node-exporter",
	}
}

func (s *studio) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// take is one answer: its header, its size, and how many entries it has beside the
// first one, which is all that is kept.
type take struct {
	head           http.Header
	bytes, entries int
	first          []byte
}

// text is what is stored.
func (k take) text(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		fmt.Fprintf(&out, "%s: %s\n", name, k.head.Get(name))
	}
	fmt.Fprintf(&out, "Entries: %d\nBytes: %d\n\n%s\n", k.entries, k.bytes, bytes.TrimSpace(k.first))
	return out.String()
}

var number = regexp.MustCompile(`[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?([numk]|[KMG]i)?`)

// form is a recording without its numbers.
func form(text string) string { return number.ReplaceAllString(text, "0") }

// takes are the questions of our sources.
func (s *studio) takes() map[string]func(*testing.T) take {
	const api = "/apis/metrics.k8s.io/v1beta1/"
	protobuf := http.Header{"Accept": {runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON}}
	return map[string]func(*testing.T) take{
		"metrics-nodes": func(t *testing.T) take { return s.ofAPI(t, api+"nodes", protobuf, s.firstNode) },
		"metrics-pods":  func(t *testing.T) take { return s.ofAPI(t, api+"pods", protobuf, s.firstPod) },
		"custommetrics": func(t *testing.T) take {
			return s.ofAPI(t, "/apis/custom.metrics.k8s.io/v1beta2/nodes/*/gpu_temperature", nil, firstItem("items"))
		},
		"kubelet":           s.ofKubelet,
		"prometheus-values": func(t *testing.T) take { return s.ofPrometheus(t, "node_memory_working_set_bytes") },
		"prometheus-ages": func(t *testing.T) take {
			return s.ofPrometheus(t, "min by (instance) (max by (instance, job) (timestamp(node_memory_working_set_bytes)))")
		},
	}
}

// shorten returns the first entry of an answer, in its envelope, and how many there are.
type shorten func(body []byte) (first []byte, entries int, err error)

func (s *studio) ofAPI(t *testing.T, path string, head http.Header, short shorten) take {
	client, err := rest.HTTPClientFor(s.bed.Admin)
	s.must(err)
	return s.ask(t, client, s.bed.URL()+path, head, short)
}

func (s *studio) ofKubelet(t *testing.T) take {
	node := s.nodes.Name(0)
	at := fmt.Sprintf("http://127.0.0.1:%d/metrics/nodes/%s/metrics/resource", kubeletPort(t, s.bed, node), node)
	return s.ask(t, http.DefaultClient, at, http.Header{"Accept": {"text/plain;version=0.0.4, */*;q=0.1"}}, func(body []byte) ([]byte, int, error) {
		if !bytes.Contains(body, []byte("node_cpu_usage_seconds_total")) || !bytes.Contains(body, []byte("pod=")) {
			return nil, 0, fmt.Errorf("the kubelet has not measured yet: %s", body)
		}
		return body, s.nodes.Count, nil
	})
}

func (s *studio) ofPrometheus(t *testing.T, query string) take {
	return s.ask(t, http.DefaultClient, s.prom.URL+"/api/v1/query?query="+url.QueryEscape(query), nil, firstItem("data", "result"))
}

// ask asks until the answer tells of all nodes.
func (s *studio) ask(t *testing.T, client *http.Client, at string, head http.Header, short shorten) (k take) {
	t.Helper()
	if err := testbed.Within(t.Context(), patience, func(ctx context.Context) error {
		body, header, err := get(ctx, client, at, head)
		if err != nil {
			return err
		}
		k = take{head: header, bytes: len(body)}
		if k.first, k.entries, err = short(body); err == nil && k.entries < s.nodes.Count {
			err = fmt.Errorf("%s has %d entries", at, k.entries)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return k
}

// get returns a body unpacked, and its header.
func get(ctx context.Context, client *http.Client, at string, head http.Header) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, nil, err
	}
	for name, values := range head {
		request.Header[name] = values
	}
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s answers %s", at, answer.Status)
	}
	reader := io.Reader(answer.Body)
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if reader, err = gzip.NewReader(answer.Body); err != nil {
			return nil, nil, err
		}
	}
	body, err := io.ReadAll(reader)
	return body, answer.Header, err
}

// firstItem keeps the first element of the list under a path in a JSON body.
func firstItem(path ...string) shorten {
	return func(body []byte) ([]byte, int, error) {
		var all map[string]any
		if err := json.Unmarshal(body, &all); err != nil {
			return nil, 0, err
		}
		in := all
		for _, step := range path[:len(path)-1] {
			in, _ = in[step].(map[string]any)
		}
		last := path[len(path)-1]
		list, _ := in[last].([]any)
		in[last] = list[:min(1, len(list))]
		first, err := json.Marshal(all)
		return first, len(list), err
	}
}

// firstNode and firstPod read protobuf, and keep an entry of ours as JSON.
func (s *studio) firstNode(body []byte) ([]byte, int, error) {
	var list v1beta1.NodeMetricsList
	if err := runtime.DecodeInto(scheme.Codecs.UniversalDecoder(), body, &list); err != nil {
		return nil, 0, err
	}
	entries := keep(&list.Items, func(m v1beta1.NodeMetrics) bool { return strings.HasPrefix(m.Name, s.nodes.Prefix) })
	first, err := json.Marshal(list)
	return first, entries, err
}

func (s *studio) firstPod(body []byte) ([]byte, int, error) {
	var list v1beta1.PodMetricsList
	if err := runtime.DecodeInto(scheme.Codecs.UniversalDecoder(), body, &list); err != nil {
		return nil, 0, err
	}
	entries := keep(&list.Items, func(m v1beta1.PodMetrics) bool { return strings.HasPrefix(m.Name, "agent-"+s.nodes.Prefix) })
	first, err := json.Marshal(list)
	return first, entries, err
}

// keep leaves the first of our items, and returns how many there were.
func keep[T any](items *[]T, ours func(T) bool) (count int) {
	*items = slices.DeleteFunc(*items, func(item T) bool { return !ours(item) })
	count = len(*items)
	*items = (*items)[:min(1, count)]
	return count
}
