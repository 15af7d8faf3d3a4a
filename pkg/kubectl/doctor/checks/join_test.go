package checks

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestMetricsFindTheirNodes(t *testing.T) {
	nodes := []runtime.Object{node("a", nil), node("b", nil), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "young", CreationTimestamp: metav1.NewTime(noon)}}}
	measuring := configured(t, with(nodes...), infra)
	measuring.Sources["metrics"] = answering{reading: &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{
		{Metric: telemetry.UsedCPU, Node: "a"}: {}, {Metric: telemetry.UsedMemory, Node: "a"}: {}, {Metric: telemetry.UsedCPU, Node: "b"}: {},
	}}}
	series := configured(t, with(), infra)
	series.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "heat", Source: "infra"}, {Metric: "gone", Source: "infra", Fault: "no"}}
		e.Findings = append(e.Findings,
			lint.Finding{File: ns + "/r/a.yaml", Check: lint.CheckSeries, Severity: lint.Error, Message: `metric "heat": none of the 3 nodes has a series`},
			lint.Finding{File: ns + "/r/a.yaml", Check: lint.CheckSeries, Severity: lint.Error, Message: `metric "gone": the source infra cannot answer: no`})
		return nil
	}
	examine(t, join, map[string]patient{
		"a node has half of the built-in metrics, and a young one none": {cluster: measuring, want: []string{
			"warning: 1 of 3 nodes have no measured cpu or memory in the source metrics: b\nkubectl get --raw /api/v1/nodes/b/proxy/metrics/resource"}},
		"series that find no node are told in lint's words, and faults are not": {cluster: series, want: []string{
			`error: metric "heat": none of the 3 nodes has a series` + "\nkubectl edit configmap r -n telemetry-scheduler"}},
	})
}
