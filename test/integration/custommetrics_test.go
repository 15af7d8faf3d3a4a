package integration

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestRulesOnCustomMetrics reads a temperature from an adapter behind the aggregator.
func TestRulesOnCustomMetrics(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "heat")
	startCustomMetrics(t, r.bed)
	nodes := r.addNodes(3)
	r.must(r.bed.ApplyIn(t.Context(), r.name, "custom-metrics.yaml"))
	hot := nodes.Name(1)
	r.temperatures(nodes, nil)
	r.write("rules", map[string]string{"hot.yaml": fmt.Sprintf(`apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- {name: gpu-temperature, unit: celsius, customMetric: {name: gpu_temperature}, interval: 2s, maxAge: 2m}
rules:
- name: hot-gpu
  nodes: {matchLabels: {pool: %s}}
  when: {metric: gpu-temperature, above: 85, clear: 75}
  actions: {block: {}}
`, r.name)})
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: adapter, type: CustomMetrics, interval: 1s}", "minInterval: 1s", "builtin: metrics"))
	r.judged("hot-gpu", 3)
	r.temperatures(nodes, map[string]string{hot: "91"})
	t.Log(r.event(hot, "TelemetryRuleFiring", "gpu-temperature is 91 celsius (gpu-temperature > 85)").Note)
	pods := r.addMany("cool", 9)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		t.Errorf("the pods went to %v, and %s is hot", landed, hot)
	}
	r.waits(r.add(on(r.pod("pinned"), hot))[0], "node(s) broke telemetry rule hot-gpu (gpu-temperature > 85)")
	r.temperatures(nodes, map[string]string{hot: "60"})
	r.bound(r.name + "-pinned")
	r.bed.CustomMetrics.Kill()
	t.Log(r.event("telemetry-scheduler", "TelemetrySourceFailed", "source adapter").Note)
	r.bound(r.add(r.pod("without"))...)
	r.wantNoFlush()
}

// onlyAdapter is held by the test whose adapter runs: a machine has one.
var onlyAdapter sync.Mutex

// startCustomMetrics starts the adapter for one test, once that of another has ended.
func startCustomMetrics(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	onlyAdapter.Lock()
	t.Cleanup(onlyAdapter.Unlock)
	if err := bed.StartCustomMetrics(t.Context()); err != nil {
		t.Fatal(err)
	}
	// An API whose server is gone keeps every namespace from being deleted.
	t.Cleanup(func() {
		if err := bed.StopCustomMetrics(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// temperatures sets those of all nodes, 40 where nothing else is said, and again
// until the scheduler has seen them.
func (r *release) temperatures(nodes testbed.Nodes, said map[string]string) {
	r.t.Helper()
	for i := range nodes.Count {
		name := nodes.Name(i)
		value := said[name]
		if value == "" {
			value = "40"
		}
		r.must(testbed.Within(r.t.Context(), patience, func(ctx context.Context) error {
			return r.bed.SetCustomMetric(ctx, name, "gpu_temperature", value)
		}))
	}
}
