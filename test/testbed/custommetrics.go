package testbed

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// customMetricsAPI makes the API server serve custom.metrics.k8s.io from a port here.
const customMetricsAPI = `apiVersion: v1
kind: Service
metadata: {name: custom-metrics, namespace: kube-system}
spec: {type: ExternalName, externalName: localhost, ports: [{port: %[1]d}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta2.custom.metrics.k8s.io}
spec:
  group: custom.metrics.k8s.io
  version: v1beta2
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: custom-metrics, namespace: kube-system, port: %[1]d}
`

// valuesDoor is where the test adapter takes values; it cannot be told another.
const valuesDoor = "http://127.0.0.1:8080/write-metrics"

// StartCustomMetrics starts the test adapter of custom-metrics-apiserver behind the
// aggregator. One runs on a machine at a time.
func (b *Bed) StartCustomMetrics(ctx context.Context) error {
	b.progress("custom-metrics-adapter")
	path, err := b.certificateKubeconfig("custom-metrics", "custom-metrics", "system:masters")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	b.CustomMetrics, err = b.run("custom-metrics-adapter", "custom-metrics-adapter",
		"--lister-kubeconfig="+path, "--authentication-kubeconfig="+path, "--authorization-kubeconfig="+path,
		"--secure-port="+strconv.Itoa(port), "--bind-address=127.0.0.1", "--cert-dir="+b.Dir)
	if err != nil {
		return err
	}
	if err := b.Apply(ctx, fmt.Appendf(nil, customMetricsAPI, port), nil); err != nil {
		return err
	}
	return b.CustomMetrics.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		return b.Client.Discovery().RESTClient().Get().AbsPath("/apis/custom.metrics.k8s.io/v1beta2").Do(ctx).Error()
	})
}

// StopCustomMetrics ends the adapter, and takes its API out of the API server.
func (b *Bed) StopCustomMetrics(ctx context.Context) error {
	b.CustomMetrics.Kill()
	services := b.dynamic.Resource(schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"})
	return services.Delete(ctx, "v1beta2.custom.metrics.k8s.io", metav1.DeleteOptions{})
}

// SetCustomMetric gives a node a value of a metric, stamped now.
func (b *Bed) SetCustomMetric(ctx context.Context, node, metric, value string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	at := fmt.Sprintf("%s/nodes/%s/%s", valuesDoor, node, metric)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(strconv.Quote(value)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the adapter says %s", answer.Status)
	}
	return nil
}
