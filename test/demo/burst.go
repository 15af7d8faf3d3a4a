package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// The burst: pods that request a quarter of what they will use, which their
// annotation says. All of them have room below the line, but a node of the pool busy
// has room for one.
const (
	burstCount = 48
	burstUse   = "4Gi"
	burstLabel = "burst"
)

// bursting is a pod of a burst.
func bursting(name, scheduler string) testbed.Pod {
	return testbed.Pod{
		Name: name, Scheduler: scheduler, CPU: "100m", Memory: "1Gi", UsesMemory: burstUse,
		Labels:      map[string]string{burstLabel: scheduler},
		Annotations: map[string]string{rules.AnnotationEstimate: "memory=" + burstUse},
	}
}

// outcome is what a burst made of nodes, by what the scheduler reads.
type outcome struct {
	line    float64 // percent of a node's memory, as fullest
	above   int     // nodes
	fullest float64
}

func outcomeOf(rows []row, line float64) outcome {
	o := outcome{line: line}
	for _, r := range rows {
		o.fullest = max(o.fullest, r.memory)
		if r.memory > line {
			o.above++
		}
	}
	return o
}

func (o outcome) String() string {
	return fmt.Sprintf("%d nodes above %.0f %%, fullest %.1f %%", o.above, o.line, o.fullest)
}

// burstIsPlaced sends the burst to the plain scheduler, and once telemetry has
// forgotten that, to ours. The claim is about ours.
func (s *stage) burstIsPlaced(ctx context.Context, c *claim) error {
	if err := s.plainTurn(ctx); err != nil {
		return err
	}
	s.screen.say("   now ours")
	began := time.Now()
	if err := s.burst(ctx, testbed.SchedulerName); err != nil {
		return err
	}
	took := time.Since(began)
	unseen, err := s.unseen(ctx)
	c.keep(err == nil && unseen > 0, "%d of %d run after %.1f s, %d of which telemetry does not show yet", burstCount, burstCount, took.Seconds(), unseen)
	return err
}

// plainTurn leaves the nodes as they were before.
func (s *stage) plainTurn(ctx context.Context) error {
	s.screen.say("   %d pods at once, each to use %s; first for the plain scheduler", burstCount, burstUse)
	if err := s.coolDown(ctx); err != nil {
		return err
	}
	if err := s.burst(ctx, testbed.PlainProfile); err != nil {
		return err
	}
	var err error
	if s.plain, err = s.caughtUp(ctx); err != nil {
		return err
	}
	s.screen.say("   the plain scheduler: %s", s.plain)
	if err := s.removeBurst(ctx, testbed.PlainProfile); err != nil {
		return err
	}
	if _, err := s.caughtUp(ctx); err != nil {
		return err
	}
	return s.metricIs(ctx, 0, ruleNodes, "state", "firing")
}

// coolDown ends what earlier chapters have heated.
func (s *stage) coolDown(ctx context.Context) error {
	for _, pod := range s.heated {
		if err := s.bed.UseMemory(ctx, pod, calm); err != nil {
			return err
		}
	}
	return nil
}

// burst makes all its pods and waits until they run.
func (s *stage) burst(ctx context.Context, scheduler string) error {
	names := make([]string, burstCount)
	for i := range names {
		names[i] = fmt.Sprintf("burst-%s-%02d", scheduler, i)
	}
	if err := s.addAll(ctx, names, func(name string) testbed.Pod { return bursting(name, scheduler) }); err != nil {
		return err
	}
	return testbed.Within(ctx, patience, func(ctx context.Context) error { return s.bed.Running(ctx, names...) })
}

// removeBurst returns once nothing of a burst is left.
func (s *stage) removeBurst(ctx context.Context, scheduler string) error {
	pods, of := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault), metav1.ListOptions{LabelSelector: burstLabel + "=" + scheduler}
	if err := pods.DeleteCollection(ctx, metav1.DeleteOptions{}, of); err != nil {
		return err
	}
	return testbed.Within(ctx, patience, func(ctx context.Context) error {
		left, err := pods.List(ctx, of)
		if err == nil && len(left.Items) > 0 {
			err = fmt.Errorf("%d pods of the burst are left", len(left.Items))
		}
		return err
	})
}

// caughtUp waits until what the scheduler reads is what pods truly use on each node.
func (s *stage) caughtUp(ctx context.Context) (o outcome, err error) {
	err = testbed.Within(ctx, patience, func(ctx context.Context) error {
		rows, err := s.rows(ctx)
		if err != nil {
			return err
		}
		truth, err := s.bed.MemoryInUse(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if want := 100 * float64(truth[r.name]) / nodeMemory; math.Abs(r.memory-want) > 0.1 {
				return fmt.Errorf("%s is said to use %.1f %% of its memory, and uses %.1f %%", r.name, r.memory, want)
			}
		}
		o = outcomeOf(rows, float64(s.line.Load()))
		return nil
	})
	return o, err
}

// unseen asks the scheduler of how many pods of the burst no sample shows anything.
func (s *stage) unseen(ctx context.Context) (n int, err error) {
	var said v1alpha1.InFlightList
	if err := s.ask(ctx, "/inflight", &said); err != nil {
		return 0, err
	}
	for _, p := range said.Items {
		if strings.HasPrefix(p.Name, "burst-"+testbed.SchedulerName) && (p.Arrived != nil || addsMemory(p.Unseen)) {
			n++
		}
	}
	return n, nil
}

// wholly is what a pod of the burst adds, in percent of a node, but for rounding. One
// that a sample shows adds less with each moment, until it was measured itself.
const wholly = 6.2499

func addsMemory(unseen []v1alpha1.Unseen) bool {
	for _, u := range unseen {
		if u.Metric == "memory" && u.Adds > wholly {
			return true
		}
	}
	return false
}

// burstIsHarmless looks at the nodes when telemetry shows the burst. Nobody has left
// since, so that no node was fuller before.
func (s *stage) burstIsHarmless(ctx context.Context, c *claim) error {
	s.screen.say("   waiting for %s to show the burst", s.sourceName())
	ours, err := s.caughtUp(ctx)
	c.keep(err == nil && ours.above == 0 && s.plain.above > 0, "ours: %s; plain: %d, up to %.1f %%", ours, s.plain.above, s.plain.fullest)
	return err
}
