// Package custommetrics reads metrics of nodes from custom.metrics.k8s.io, the API
// that adapters serve behind the API server.
package custommetrics

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	client "k8s.io/metrics/pkg/client/custom_metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.Source = (*Source)(nil)

// Options of a Source.
type Options struct {
	// Timeout bounds each request, because the client knows no contexts; 10 s by
	// default.
	Timeout time.Duration
	// MaxBytes bounds one answer; 32 MiB by default, which some 100,000 values fill.
	MaxBytes int64
}

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 32 << 20
	// atOnce bounds the requests under way.
	atOnce = 4
)

var node = schema.GroupKind{Kind: "Node"}

// Source reads custom.metrics.k8s.io: one request a metric, for all nodes.
type Source struct {
	values   client.MetricsInterface
	versions client.AvailableAPIsGetter
}

// New returns a Source with a client of its own, so that it does not share the rate
// limit of the client that binds pods.
func New(config *rest.Config, o Options) (*Source, error) {
	config = rest.CopyConfig(config)
	config.RateLimiter = flowcontrol.NewFakeAlwaysRateLimiter()
	config.Timeout = orElse(o.Timeout, defaultTimeout)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return telemetry.Bound(next, orElse(o.MaxBytes, defaultMaxBytes))
	})
	known, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for custom.metrics.k8s.io: %w", err)
	}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	mapper.Add(corev1.SchemeGroupVersion.WithKind(node.Kind), meta.RESTScopeRoot)
	versions := client.NewAvailableAPIsGetter(known)
	return &Source{values: client.NewForConfig(config, mapper, versions).RootScopedMetrics(), versions: versions}, nil
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// answer is what one request brought.
type answer struct {
	list *v1beta2.MetricValueList
	err  error
}

// Collect implements telemetry.Source. Each metric fails alone; an error means that
// none could be read. Time and window of a sample are the ones that the API gives.
func (s *Source) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	answers := s.ask(ctx, want.Metrics)
	r := &telemetry.Reading{
		Metrics: []string{}, Samples: map[telemetry.Key]telemetry.Sample{},
		Problems: map[telemetry.Key]string{}, Faults: map[string]string{},
	}
	var failed error
	for i := range want.Metrics {
		m := &want.Metrics[i]
		r.Metrics = append(r.Metrics, m.Name)
		if err := answers[i].err; err != nil {
			failed = explain(m, err)
			r.Faults[m.Name] = failed.Error()
			continue
		}
		put(r, m, answers[i].list.Items)
	}
	if failed != nil && len(r.Faults) == len(want.Metrics) {
		s.versions.Invalidate() // the API may be served in another version, or again
		return nil, failed
	}
	return r, nil
}

// ask sends one request a metric, some at once.
func (s *Source) ask(ctx context.Context, metrics []telemetry.Metric) []answer {
	out := make([]answer, len(metrics))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i := range metrics {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = s.askOne(ctx, &metrics[i])
		})
	}
	running.Wait()
	return out
}

func (s *Source) askOne(ctx context.Context, m *telemetry.Metric) answer {
	if ctx.Err() != nil {
		return answer{err: context.Cause(ctx)}
	}
	if m.Custom == nil {
		return answer{err: errNotCustom}
	}
	selector := m.Custom.Selector
	if selector == nil {
		selector = labels.Everything()
	}
	list, err := s.values.GetForObjects(node, labels.Everything(), m.Custom.Name, selector)
	return answer{list, err}
}
