package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// contender is what takes a turn.
type contender struct {
	title, profile string
	// low has the rules rank nodes too.
	low bool
}

var contenders = map[string]contender{
	"plain":    {"plain scheduler", testbed.PlainProfile, false},
	"ours":     {"telemetry-scheduler", testbed.SchedulerName, false},
	"ours-low": {"telemetry-scheduler, and a preference for `Low`", testbed.SchedulerName, true},
}

// stage is one control plane for one turn.
type stage struct {
	scenario
	load
	contender
	// short ends the observation once all pods are bound; see options.
	short     bool
	bed       *testbed.Bed
	prom      *testbed.RunningPrometheus
	scheduler *testbed.RunningScheduler
	nodes     testbed.Nodes
}

// takeTurn runs a scenario under one scheduler, on a control plane of its own.
func takeTurn(ctx context.Context, s scenario, l load, name string, short bool) (r row, err error) {
	c, found := contenders[name]
	if !found {
		return row{}, fmt.Errorf("there is no scheduler of this name")
	}
	err = turn.OnABed(ctx, c.title, func(bed *testbed.Bed) (err error) {
		st := &stage{scenario: s, load: l, contender: c, short: short, bed: bed}
		st.nodes = testbed.Nodes{Count: nodeCount, Uses: func(i int) string { return fmt.Sprint(l.base[i]) }}
		if err := st.furnish(ctx); err != nil {
			return err
		}
		r, err = st.measure(ctx)
		return err
	})
	return r, err
}

// furnish brings everything to the point where the scheduler knows all nodes.
func (s *stage) furnish(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return s.bed.AddNodes(ctx, s.nodes) },
		s.bed.Install,
		s.startPrometheus,
		func(ctx context.Context) error {
			return s.bed.AddRules(ctx, "burst", map[string]string{"burst.yaml": s.rules()})
		},
		s.startScheduler,
		s.judged,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) startPrometheus(ctx context.Context) (err error) {
	byName := func(node string) map[string]string { return map[string]string{"node": node, "instance": node} }
	s.prom, err = s.bed.StartPrometheus(ctx, testbed.Prometheus{Interval: "5s", Scrapes: []string{s.bed.KubeletScrape(s.nodes, byName)}})
	return err
}

// rules are what a user would write.
func (s *stage) rules() string {
	text := fmt.Sprintf(`apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- name: memory-mean
  unit: percent
  query: 100 * avg_over_time(node_memory_working_set_bytes[%s]) / %d
  interval: 15s
  inFlight: {resource: memory, as: Used, of: Allocatable}
rules:
- name: memory-above-90
  when: {metric: memory-mean, above: %d%%}
  actions: {block: {}}
`, promDuration(s.window), nodeSize, linePercent)
	if s.low {
		text += "preferences:\n- {name: free-memory, metric: memory-mean, prefer: Low}\n"
	}
	return text
}

func promDuration(d time.Duration) string { return fmt.Sprintf("%.0fs", d.Seconds()) }

// startScheduler runs the shipped configuration on Prometheus, with a second profile.
func (s *stage) startScheduler(ctx context.Context) error {
	shipped, err := s.bed.ShippedConfig(ctx)
	if err != nil {
		return err
	}
	config, err := configOf(shipped, s.prom.URL)
	if err != nil {
		return err
	}
	s.scheduler, err = s.bed.StartScheduler(ctx, testbed.Scheduler{Config: config})
	return err
}

// configOf replaces the source in the shipped configuration and adds the profile.
func configOf(shipped, prometheus string) (string, error) {
	config, err := testbed.Edited(shipped, "- {name: metrics, type: MetricsAPI}", "- {name: prom, type: Prometheus, url: '"+prometheus+"'}")
	if err != nil {
		return "", err
	}
	return testbed.WithPlainProfile(config)
}

// judged waits until there is a value of each node, of what it really uses. A young node
// without one is not counted as unknown, so that the rule alone does not tell.
func (s *stage) judged(ctx context.Context) error {
	return testbed.Within(ctx, 3*time.Minute+s.window, func(ctx context.Context) error {
		m, err := s.scheduler.Metrics(ctx)
		if err != nil {
			return err
		}
		known := m.Sum("telemetry_scheduler_metric_series", "metric", "memory-mean", "state", "matched")
		if known != nodeCount || m.Sum("telemetry_scheduler_rule_nodes") != nodeCount {
			return fmt.Errorf("the rule has values of %.0f of %d nodes", known, nodeCount)
		}
		return s.shown(ctx)
	})
}

// shown returns nil once every sample in the window shows what was in use from the
// beginning. Prometheus may ask a kubelet before that runs there, and an average with
// such a sample is that of an idle node.
func (s *stage) shown(ctx context.Context) error {
	idle, err := ask(ctx, s.prom.URL, fmt.Sprintf("sum(min_over_time(node_memory_working_set_bytes[%s]) < bool %d)", promDuration(s.window), slices.Min(s.base)))
	if err == nil && idle > 0 {
		err = fmt.Errorf("the averages of %.0f nodes have samples from before anything ran there", idle)
	}
	return err
}
