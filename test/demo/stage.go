package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// The cast: nodes of 64 GiB of which 28 GiB are in use before anything happens.
const (
	nodeCount = 20
	inUse     = "28Gi"
	// filling on top of that is 97 % of a node, calm is 47 %.
	filling, calm = "34Gi", "2Gi"
	// edge is the pool of the last nodes.
	edgePool, edgeCount = "edge", 3
)

// stage is where the story happens.
type stage struct {
	bed       *testbed.Bed
	scheduler *testbed.RunningScheduler
	prom      *testbed.RunningPrometheus // nil where the scheduler reads the metrics API
	screen    *screen
	nodes     testbed.Nodes
	edge      testbed.Nodes
	drawing   sync.WaitGroup
	line      atomic.Int32 // percent of memory above which the rule in force blocks
}

func setUp(ctx context.Context, dir string, screen *screen) (*stage, error) {
	screen.say("starting a control plane in %s", dir)
	bed, err := testbed.Start(ctx, testbed.Options{Dir: dir, Progress: func(part string) { screen.say("  %s", part) }})
	if err != nil {
		return nil, err
	}
	s := &stage{
		bed: bed, screen: screen,
		nodes: testbed.Nodes{Count: nodeCount - edgeCount, UsesMemory: inUse},
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
		func(ctx context.Context) error { return s.bed.AddNodes(ctx, s.nodes) },
		func(ctx context.Context) error { return s.bed.AddNodes(ctx, s.edge) },
		s.bed.StartMetricsServer,
		s.bed.Install,
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
// seconds: nobody wants to watch a demo wait.
func (s *stage) startScheduler(ctx context.Context) error {
	config, err := s.bed.ShippedConfig(ctx)
	if err != nil {
		return err
	}
	const shipped = "- {name: metrics, type: MetricsAPI}"
	if !strings.Contains(config, shipped) {
		return fmt.Errorf("the shipped configuration has no line %q", shipped)
	}
	source, err := s.source(ctx)
	if err != nil {
		return err
	}
	config = strings.Replace(config, shipped, source+"\n      minInterval: 1s", 1)
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
		byName := func(node string) map[string]string { return map[string]string{"node": node, "instance": node} }
		var err error
		s.prom, err = s.bed.StartPrometheus(ctx, testbed.Prometheus{Scrapes: []string{s.bed.KubeletScrape(s.nodes, byName), s.bed.KubeletScrape(s.edge, byName)}})
		if err != nil {
			return "", err
		}
		s.screen.say("  the scheduler reads this Prometheus, which scrapes the nodes: %s", s.prom.URL)
		return "- {name: prom, type: Prometheus, url: '" + s.prom.URL + "', interval: 2s}", nil
	default:
		return "", fmt.Errorf("SOURCE=%s is not known; write metrics or prometheus", name)
	}
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
