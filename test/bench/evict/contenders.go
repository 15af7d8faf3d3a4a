package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// contender is what takes a turn.
type contender struct {
	title string
	// profile places the pods that come after those that were evicted.
	profile string
	// ours is set where we evict; else the Kubernetes descheduler does.
	ours bool
}

var contenders = map[string]contender{
	"descheduler":       {"Kubernetes descheduler", testbed.SchedulerName, false},
	"descheduler-plain": {"Kubernetes descheduler, placed by the plain scheduler", testbed.PlainProfile, false},
	"ours":              {"telemetry-scheduler", testbed.SchedulerName, true},
}

// rules are what a user would write. Where the other evicts, the rule only keeps new pods
// off.
func (c contender) rules() string {
	evict := ""
	if c.ours {
		evict = ", evict: {after: 1m}"
	}
	return fmt.Sprintf(`apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- name: memory-above-%d
  when: {metric: memory, above: %d%%, clear: %d%%}
  for: 15s
  actions: {block: {}%s}
`, line, line, clear, evict)
}

// config is the shipped configuration, with a profile without our plugin, and evictions
// switched on where we evict.
func (c contender) config(shipped string) (string, error) {
	eviction := ""
	if c.ours {
		eviction = fmt.Sprintf("\n      eviction: {mode: Enforce, minPodAge: %v}", minPodAge)
	}
	source := "- {name: metrics, type: MetricsAPI}"
	config, err := testbed.Edited(shipped, source, source+eviction)
	if err != nil {
		return "", err
	}
	return testbed.WithPlainProfile(config)
}

// peer are the settings of LowNodeUtilization.
type peer struct {
	interval             time.Duration
	over, under, perNode int
}

// best are the settings with which it does best here, as far as we know:
//   - it looks at what metrics-server measures, as the rule does;
//   - a node is over at the rule's line, and takes pods up to the rule's clear level: with
//     less of a distance it finds more nodes that take some;
//   - it looks once a minute, as long as the rule waits. It smooths what it reads, every
//     5 s by a tenth: after half a minute over half of a pod that has left still counts;
//   - one pod a node and look, as ours: two or more leave at once where one is enough,
//     because of that smoothing;
//   - it asks whether another node has room by requests, and leaves young pods and those
//     without a second replica alone, as ours does.
var best = peer{interval: time.Minute, over: line, under: clear, perNode: 1}

func (p peer) policy() string {
	limit := ""
	if p.perNode > 0 {
		limit = fmt.Sprintf("\n      evictionLimits: {node: %d}", p.perNode)
	}
	return fmt.Sprintf(`apiVersion: descheduler/v1alpha2
kind: DeschedulerPolicy
metricsProviders:
- source: KubernetesMetrics
profiles:
- name: hot-nodes
  pluginConfig:
  - name: DefaultEvictor
    args: {nodeFit: true, minReplicas: 2, minPodAge: %v}
  - name: LowNodeUtilization
    args:
      thresholds: {memory: %d}
      targetThresholds: {memory: %d}
      metricsUtilization: {source: KubernetesMetrics}%s
  plugins:
    balance:
      enabled: [LowNodeUtilization]
`, minPodAge, p.under, p.over, limit)
}

// start starts the Kubernetes descheduler that `make bench-evict` has built.
func (p peer) start(ctx context.Context, bed *testbed.Bed) error {
	policy := filepath.Join(bed.Dir, "descheduler.yaml")
	if err := os.WriteFile(policy, []byte(p.policy()), 0o600); err != nil {
		return err
	}
	_, err := bed.Run("descheduler", "descheduler",
		"--kubeconfig="+bed.Kubeconfig, "--policy-config-file="+policy, "--descheduling-interval="+p.interval.String(),
		"--secure-port=0", "--v=3")
	return err
}
