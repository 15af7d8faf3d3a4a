package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/plausible"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// page is what nodes and pods use at a time, as kubelets say it, and a metric for each rule.
func (s *stage) page(now time.Time) []byte {
	var out bytes.Buffer
	seconds := float64(now.UnixMilli()) / 1e3
	for i := range s.nodes {
		name := plausible.NodeName(i)
		fmt.Fprintf(&out, "node_cpu_usage_seconds_total{node=%q} %.2f\nnode_memory_working_set_bytes{node=%[1]q} %[3]d\n", name, seconds*float64(1+i%8), (10+i%20)<<30)
		for r := range s.rules {
			fmt.Fprintf(&out, "node_metric_%d{node=%q} %d\n", r, name, 20+(i+r)%50)
		}
	}
	for i := range s.pods {
		name := plausible.Pod(i, "").Name
		fmt.Fprintf(&out, "pod_cpu_usage_seconds_total{namespace=\"default\",pod=%q} %.2f\npod_memory_working_set_bytes{namespace=\"default\",pod=%[1]q} %[3]d\n", name, seconds/float64(10+i%10), (100+i%100)<<20)
	}
	return out.Bytes()
}

// text is the rules: four on the built-in metrics, of which two mark every node, and those of
// which each has a query of its own.
func (s *stage) text() string {
	var out strings.Builder
	out.WriteString("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nmetrics:\n")
	for r := range s.rules {
		fmt.Fprintf(&out, "- {name: metric-%d, unit: celsius, query: node_metric_%[1]d}\n", r)
	}
	out.WriteString(`rules:
- name: marked
  when: {metric: memory, above: 1%}
  actions: {label: {key: telemetry-scheduler.io/memory, value: used}, taint: {key: telemetry-scheduler.io/used, effect: PreferNoSchedule}}
- name: busy
  when: {metric: cpu, above: 1%}
  actions: {label: {key: telemetry-scheduler.io/cpu, value: used}}
- name: full
  when: {metric: memory, above: 44%, clear: 40%}
  actions: {block: {}, evict: {}}
- name: hot
  when: {metric: cpu, above: 95%}
  actions: {avoid: {points: 20}}
`)
	for r := range s.rules {
		fmt.Fprintf(&out, "- {name: rule-%d, when: {metric: metric-%[1]d, above: 90}, actions: {block: {}}}\n", r)
	}
	out.WriteString("preferences:\n- {name: low, metric: memory, prefer: Low}\n")
	return out.String()
}

// config is what is shipped, with the Prometheus as its source, and marks.
func (s *stage) config(ctx context.Context) (string, error) {
	shipped, err := s.bed.ShippedConfig(ctx)
	if err != nil {
		return "", err
	}
	return configOf(shipped, s.prometheus.URL)
}

func configOf(shipped, url string) (string, error) {
	return testbed.Edited(shipped, "    args:\n", "    args:\n      marks: true\n", "{name: metrics, type: MetricsAPI}", "{name: prom, type: Prometheus, url: '"+url+"'}")
}
