package custommetrics

import (
	"fmt"
	"time"

	"k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// put brings the values of one metric in.
func put(r *telemetry.Reading, m *telemetry.Metric, items []v1beta2.MetricValue) {
	of := map[string][]*v1beta2.MetricValue{}
	for i := range items {
		name := items[i].DescribedObject.Name
		of[name] = append(of[name], &items[i])
	}
	for name, values := range of {
		key := telemetry.Key{Metric: m.Name, Node: name}
		sample, ok := sampleOf(m, values)
		if !ok {
			r.Problems[key] = fmt.Sprintf("custom.metrics.k8s.io has %d values of %s for this node, and \"combine\" does not say what they make", len(values), m.Custom.Name)
			continue
		}
		r.Samples[key] = sample
	}
}

// sampleOf makes one sample of the values of a node: as old as the oldest of them.
func sampleOf(m *telemetry.Metric, values []*v1beta2.MetricValue) (telemetry.Sample, bool) {
	numbers := make([]float64, len(values))
	at, window := values[0].Timestamp.Time, m.Window
	for i, v := range values {
		numbers[i] = v.Value.AsApproximateFloat64()
		if v.Timestamp.Time.Before(at) {
			at = v.Timestamp.Time
		}
		if v.WindowSeconds != nil {
			window = max(window, time.Duration(*v.WindowSeconds)*time.Second)
		}
	}
	value, ok := m.Combine.Of(numbers)
	return telemetry.Sample{Value: value, Time: at, Window: window}, ok
}
