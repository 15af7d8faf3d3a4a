package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// The cast: nodes of 64 GiB of which 28 GiB are in use before anything happens, or
// 46 GiB on those of the pool busy.
const (
	nodeCount = 20
	inUse     = "28Gi"
	// filling on top of that is 97 % of a node, calm is 47 %.
	filling, calm = "34Gi", "2Gi"
	// busy is the pool of the first nodes. Few pods bring them to the line.
	busyPool, busyCount, busyUse = "busy", 6, "46Gi"
	// edge is the pool of the last nodes.
	edgePool, edgeCount = "edge", 3
)

// stage is where the story happens.
type stage struct {
	bed       *testbed.Bed
	scheduler *testbed.RunningScheduler
	prom      *testbed.RunningPrometheus // nil where the scheduler reads the metrics API
	screen    *screen
	busy      testbed.Nodes
	nodes     testbed.Nodes // of no pool
	edge      testbed.Nodes
	drawing   sync.WaitGroup
	line      atomic.Int32 // percent of memory above which the rule in force blocks
	plain     outcome      // of the burst under the plain scheduler
	heated    []string     // pods that were made to use much
	token     string       // of who asks the API
	hot       string       // the node that a pod of the shop is to leave
	before    []corev1.Pod // of the shop
}

// groups are all nodes.
func (s *stage) groups() []testbed.Nodes { return []testbed.Nodes{s.busy, s.nodes, s.edge} }

func setUp(ctx context.Context, dir string, screen *screen) (*stage, error) {
	screen.say("starting a control plane in %s", dir)
	bed, err := testbed.Start(ctx, testbed.Options{Dir: dir, Progress: func(part string) { screen.say("  %s", part) }})
	if err != nil {
		return nil, err
	}
	s := &stage{
		bed: bed, screen: screen,
		busy:  testbed.Nodes{Count: busyCount, UsesMemory: busyUse, Labels: map[string]string{"pool": busyPool}},
		nodes: testbed.Nodes{First: busyCount, Count: nodeCount - busyCount - edgeCount, UsesMemory: inUse},
		edge:  testbed.Nodes{First: nodeCount - edgeCount, Count: edgeCount, UsesMemory: inUse, Labels: map[string]string{"pool": edgePool}},
	}
	if err := s.furnish(ctx); err != nil {
		bed.Stop()
		return nil, err
	}
	return s, nil
}

// furnish adds everything that stands on the control plane.
func (s *stage) furnish(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.addNodes,
		s.bed.StartMetricsServer,
		s.bed.Install,
		s.admitViewer,
		s.addFirstRule,
		s.startScheduler,
		s.waitForMetrics,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) addNodes(ctx context.Context) error {
	for _, group := range s.groups() {
		if err := s.bed.AddNodes(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) addFirstRule(ctx context.Context) error {
	root, err := testbed.Root()
	if err != nil {
		return err
	}
	s.screen.say("  manifests/rules-example.yaml: no new pods above 90 %% memory")
	s.line.Store(firstLine)
	return s.bed.ApplyFile(ctx, filepath.Join(root, "manifests", "rules-example.yaml"), nil)
}

// startScheduler runs the shipped configuration, but reads its source every two
// seconds: nobody wants to watch a demo wait. A second profile is the plain
// scheduler, for comparison.
func (s *stage) startScheduler(ctx context.Context) error {
	config, err := s.bed.ShippedConfig(ctx)
	if err != nil {
		return err
	}
	source, err := s.source(ctx)
	if err != nil {
		return err
	}
	if config, err = testbed.Edited(config, "- {name: metrics, type: MetricsAPI}", source+"\n      minInterval: 1s\n      "+enforcing); err != nil {
		return err
	}
	if config, err = testbed.WithPlainProfile(config); err != nil {
		return err
	}
	s.scheduler, err = s.bed.StartScheduler(ctx, testbed.Scheduler{Config: config})
	return err
}

// source is where the scheduler reads from: the metrics API, or a Prometheus that
// scrapes the same nodes.
func (s *stage) source(ctx context.Context) (string, error) {
	switch name := os.Getenv("SOURCE"); name {
	case "", "metrics":
		return "- {name: metrics, type: MetricsAPI, interval: 2s}", nil
	case "prometheus":
		if err := s.startPrometheus(ctx); err != nil {
			return "", err
		}
		s.screen.say("  the scheduler reads this Prometheus, which scrapes the nodes: %s", s.prom.URL)
		return "- {name: prom, type: Prometheus, url: '" + s.prom.URL + "', interval: 2s}", nil
	default:
		return "", fmt.Errorf("SOURCE=%s is not known; write metrics or prometheus", name)
	}
}

// startPrometheus has it scrape rarely enough for telemetry to lag behind.
func (s *stage) startPrometheus(ctx context.Context) (err error) {
	byName := func(node string) map[string]string { return map[string]string{"node": node, "instance": node} }
	var scrapes []string
	for _, group := range s.groups() {
		scrapes = append(scrapes, s.bed.KubeletScrape(group, byName))
	}
	s.prom, err = s.bed.StartPrometheus(ctx, testbed.Prometheus{Interval: "5s", Scrapes: scrapes})
	return err
}

// waitForMetrics waits for the first round of what the scheduler reads.
func (s *stage) waitForMetrics(ctx context.Context) error {
	if s.prom == nil {
		s.screen.say("  waiting for the first round of metrics-server, up to 20 s")
		return testbed.Within(ctx, 2*time.Minute, func(ctx context.Context) error { return s.bed.MetricsFor(ctx, nodeCount) })
	}
	s.screen.say("  waiting for Prometheus to have scraped all nodes")
	return testbed.Within(ctx, 2*time.Minute, func(ctx context.Context) error {
		used, err := s.usedMemory(ctx)
		if err == nil && len(used) != nodeCount {
			err = fmt.Errorf("prometheus has %d of %d nodes", len(used), nodeCount)
		}
		return err
	})
}
