package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// uses waits until the metrics API says that a node uses between so many bytes.
func (r *release) uses(node string, least, most int64) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		text, err := r.bed.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes/" + node).Do(ctx).Raw()
		if err != nil {
			return err
		}
		var said struct{ Usage corev1.ResourceList }
		if err := json.Unmarshal(text, &said); err != nil {
			return err
		}
		if memory := said.Usage.Memory().Value(); memory < least || memory > most {
			return fmt.Errorf("%s uses %d bytes", node, memory)
		}
		return nil
	})
}

// measures waits until the leader has read what at least so many pods use.
func (r *release) measures(least int) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		m, err := r.Metrics(ctx)
		if got := m.Sum("telemetry_scheduler_measured_pods"); err == nil && got < float64(least) {
			err = fmt.Errorf("%v pods are measured, and %d readings failed", got, int(m.Sum("telemetry_scheduler_pod_reading_errors_total")))
		}
		return err
	})
}

// age returns nil once a node was so old at the newest evaluation.
func (r *release) age(ctx context.Context, node string, least time.Duration) error {
	n, err := r.bed.Client.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	m, err := r.Metrics(ctx)
	if at := m.Sum("telemetry_scheduler_board_timestamp_seconds"); err == nil && at < float64(n.CreationTimestamp.Add(least).Unix()) {
		err = fmt.Errorf("%s was made at %v, and the newest evaluation is of %.0f", node, n.CreationTimestamp, at)
	}
	return err
}
