package main

import (
	"context"
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// stage is one control plane for one turn.
type stage struct {
	options
	contender
	*drift.Load
	bed       *testbed.Bed
	scheduler *testbed.RunningScheduler
	nodes     testbed.Nodes
}

// takeTurn lets the load drift under one contender, on a control plane of its own.
func takeTurn(ctx context.Context, o options, l *drift.Load, name string) (out drift.Outcome, err error) {
	c, found := contenders[name]
	if !found {
		return out, fmt.Errorf("there is no contender of this name")
	}
	err = turn.OnABed(ctx, c.title, func(bed *testbed.Bed) (err error) {
		s := &stage{options: o, contender: c, Load: l, bed: bed}
		s.nodes = testbed.Nodes{Count: l.Nodes, UsesMemory: bytesOf(l.Other)}
		if err := s.furnish(ctx); err != nil {
			return err
		}
		out, err = s.observe(ctx)
		return err
	})
	return out, err
}

// furnish brings everything to the point where nodes and pods are measured.
func (s *stage) furnish(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return s.bed.AddNodes(ctx, s.nodes) },
		s.bed.Install,
		s.deploy,
		s.bed.StartMetricsServer,
		func(ctx context.Context) error {
			return s.bed.AddRules(ctx, "evict", map[string]string{"evict.yaml": s.rules()})
		},
		s.startScheduler,
		s.measured,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) startScheduler(ctx context.Context) error {
	config, err := s.bed.ShippedConfig(ctx)
	if err == nil {
		config, err = s.config(config)
	}
	if err == nil {
		s.scheduler, err = s.bed.StartScheduler(ctx, testbed.Scheduler{Config: config})
	}
	return err
}

// measured waits until the use of every node and pod is known. metrics-server needs two
// readings for that, and pods are read once a minute.
func (s *stage) measured(ctx context.Context) error {
	return testbed.Within(ctx, 5*time.Minute, func(ctx context.Context) error {
		m, err := s.scheduler.Metrics(ctx)
		if err != nil {
			return err
		}
		nodes, unknown := m.Sum("telemetry_scheduler_rule_nodes"), m.Sum("telemetry_scheduler_rule_unknown_nodes")
		pods := m.Sum("telemetry_scheduler_measured_pods")
		if nodes != float64(s.Load.Nodes) || unknown > 0 || pods < float64(s.Slots()) {
			return fmt.Errorf("%.0f of %.0f nodes, and %.0f of %d pods are measured", nodes-unknown, nodes, pods, s.Slots())
		}
		return nil
	})
}

// observe lets the load drift, and returns what the books say at the end.
func (s *stage) observe(ctx context.Context) (drift.Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := newDriver(s)
	if err := d.watch(ctx); err != nil {
		return drift.Outcome{}, err
	}
	turn.Say("%s: the load begins to drift, and is observed for %v", s.title, s.length)
	d.begin()
	if !s.ours {
		if err := s.peer.start(ctx, s.bed); err != nil {
			return drift.Outcome{}, err
		}
	}
	if err := d.run(ctx); err != nil {
		return drift.Outcome{}, err
	}
	return drift.Judge(s.Load, line, d.booked(), s.length), nil
}
