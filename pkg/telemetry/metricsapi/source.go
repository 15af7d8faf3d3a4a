// Package metricsapi reads measured use from metrics.k8s.io, the API that
// metrics-server and its substitutes serve behind the API server.
package metricsapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.Source = (*Source)(nil)

// maxBytes bounds one answer: some 200,000 pods fit.
const maxBytes = 128 << 20

// Source reads metrics.k8s.io: all nodes in one list, all pods in another.
type Source struct {
	client metricsclient.MetricsV1beta1Interface
	now    func() time.Time
}

// New returns a Source with a client of its own, so that it does not share the
// rate limit of the client that binds pods; whoever collects sets the pace. It
// prefers protobuf.
func New(config *rest.Config) (*Source, error) { return newSource(config, maxBytes) }

func newSource(config *rest.Config, maxBytes int64) (*Source, error) {
	config = rest.CopyConfig(config)
	config.RateLimiter = flowcontrol.NewFakeAlwaysRateLimiter()
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	config.ContentType = runtime.ContentTypeProtobuf
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return telemetry.Bound(next, maxBytes) })
	client, err := metricsclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for metrics.k8s.io: %w", err)
	}
	return &Source{client: client, now: time.Now}, nil
}

// Collect implements telemetry.Source with one list. Time and window of a sample
// are the ones that the API gives.
func (s *Source) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	list, err := s.client.NodeMetricses().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, explain("nodes", err)
	}
	return nodeReading(list.Items, want.Nodes), nil
}

// Pods reads the use of every pod of the cluster with one list. The answer is
// large: it is for the leader alone, and not for every tick.
func (s *Source) Pods(ctx context.Context) (*telemetry.PodReading, error) {
	list, err := s.client.PodMetricses(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, explain("pods", err)
	}
	return podReading(list.Items, s.now()), nil
}

// usage returns cores and bytes; problem names what is absent.
func usage(list corev1.ResourceList) (cpu, memory float64, problem string) {
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if _, found := list[name]; !found {
			return 0, 0, withoutUsage(name)
		}
	}
	return list.Cpu().AsApproximateFloat64(), list.Memory().AsApproximateFloat64(), ""
}

func withoutUsage(name corev1.ResourceName) string {
	return fmt.Sprintf("metrics.k8s.io gives no %s use", name)
}

var rawMetrics = map[string]corev1.ResourceName{
	telemetry.UsedCPU:    corev1.ResourceCPU,
	telemetry.UsedMemory: corev1.ResourceMemory,
}

// nodeReading turns the list into a reading and says of which wanted nodes it
// knows nothing.
func nodeReading(items []v1beta1.NodeMetrics, wanted []telemetry.Node) *telemetry.Reading {
	r := &telemetry.Reading{
		Samples:  make(map[telemetry.Key]telemetry.Sample, len(rawMetrics)*len(items)),
		Problems: map[telemetry.Key]string{},
		Missed:   map[string]string{},
	}
	listed := make(map[string]bool, len(items))
	for i := range items {
		addNode(r, &items[i], listed[items[i].Name])
		listed[items[i].Name] = true
	}
	// metrics-server leaves nodes out for a round or two after it began, and where a
	// scrape failed: that says nothing of what was measured before.
	for _, node := range wanted {
		if !listed[node.Name] {
			r.Missed[node.Name] = "metrics.k8s.io has no metrics of this node"
		}
	}
	return r
}

func addNode(r *telemetry.Reading, m *v1beta1.NodeMetrics, again bool) {
	if again {
		addProblem(r, m.Name, "metrics.k8s.io lists this node more than once")
		return
	}
	for metric, resource := range rawMetrics {
		key := telemetry.Key{Metric: metric, Node: m.Name}
		quantity, found := m.Usage[resource]
		if !found {
			r.Problems[key] = withoutUsage(resource)
			continue
		}
		r.Samples[key] = telemetry.Sample{
			Value:  quantity.AsApproximateFloat64(),
			Time:   m.Timestamp.Time,
			Window: window(resource, m.Window),
		}
	}
}

// window is 0 for memory: its value is the one of the instant.
func window(resource corev1.ResourceName, w metav1.Duration) time.Duration {
	if resource == corev1.ResourceMemory {
		return 0
	}
	return w.Duration
}

func addProblem(r *telemetry.Reading, node, problem string) {
	for metric := range rawMetrics {
		key := telemetry.Key{Metric: metric, Node: node}
		delete(r.Samples, key)
		r.Problems[key] = problem
	}
}

func podReading(items []v1beta1.PodMetrics, now time.Time) *telemetry.PodReading {
	r := &telemetry.PodReading{
		Use:      make(map[telemetry.PodKey]telemetry.PodUse, len(items)),
		Problems: map[telemetry.PodKey]string{},
	}
	for i := range items {
		m := &items[i]
		key := telemetry.PodKey{Namespace: m.Namespace, Name: m.Name}
		use, problem := podUse(m)
		if problem == "" {
			problem = use.Refuse(now)
		}
		if problem != "" {
			r.Problems[key] = problem
			continue
		}
		r.Use[key] = use
	}
	return r
}

// podUse adds up the containers.
func podUse(m *v1beta1.PodMetrics) (telemetry.PodUse, string) {
	use := telemetry.PodUse{Time: m.Timestamp.Time, Window: m.Window.Duration}
	if len(m.Containers) == 0 {
		return use, "metrics.k8s.io gives no container of this pod"
	}
	for _, c := range m.Containers {
		cpu, memory, problem := usage(c.Usage)
		if problem != "" {
			return use, problem + " of container " + c.Name
		}
		use.CPU += cpu
		use.Memory += memory
	}
	return use, ""
}
