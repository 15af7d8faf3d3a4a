package testbed

import (
	"context"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// metricsAPI makes the API server serve metrics.k8s.io from a port here.
const metricsAPI = `apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {type: ExternalName, externalName: localhost, ports: [{port: %[1]d}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: metrics-server, namespace: kube-system, port: %[1]d}
`

// StartMetricsServer starts metrics-server, which reads each node every 10 s, the
// least that it can. It returns once the API answers; values come later, see
// MetricsFor.
func (b *Bed) StartMetricsServer(ctx context.Context) error {
	b.progress("metrics-server")
	path, err := b.certificateKubeconfig("metrics-server", "metrics-server", "system:masters")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	b.MetricsServer, err = b.run("metrics-server", "metrics-server",
		"--kubeconfig="+path, "--authentication-kubeconfig="+path, "--authorization-kubeconfig="+path,
		"--secure-port="+strconv.Itoa(port), "--bind-address=127.0.0.1", "--cert-dir="+b.Dir,
		"--kubelet-insecure-tls", "--kubelet-preferred-address-types=InternalIP", "--metric-resolution=10s", "--kubelet-request-timeout=5s", "--kubelet-use-node-status-port")
	if err != nil {
		return err
	}
	if err := b.Apply(ctx, fmt.Appendf(nil, metricsAPI, port), nil); err != nil {
		return err
	}
	return b.MetricsServer.untilReady(ctx, readyWithin, func(ctx context.Context) error { return b.MetricsFor(ctx, 0) })
}

// MetricsFor returns nil once the metrics API knows that many nodes.
func (b *Bed) MetricsFor(ctx context.Context, nodes int) error {
	var list metav1.PartialObjectMetadataList
	err := b.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").
		SetHeader("Accept", "application/json").Do(ctx).Into(&list)
	switch {
	case err != nil:
		return err
	case len(list.Items) < nodes:
		return fmt.Errorf("the metrics API knows %d of %d nodes", len(list.Items), nodes)
	}
	return nil
}
