package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// tell goes through the chapters. It returns what was claimed and seen, and an
// error if the story broke off.
func (s *stage) tell(ctx context.Context) (claims, error) {
	looking, stop := context.WithCancel(ctx)
	s.drawing.Go(func() { s.look(looking) })
	defer s.drawing.Wait()
	defer stop()
	chapters := s.chapters()
	var all claims
	for _, c := range chapters {
		all.add(c.claim)
	}
	for i, c := range chapters {
		s.screen.say("%d. %s", i+1, c.claim)
		if err := c.play(ctx, all[i]); err != nil {
			return all, fmt.Errorf("%q: %w", c.claim, err)
		}
		s.screen.say("   %s", all[i].seen)
	}
	s.redraw(ctx) // the last drawing stays
	return all, nil
}

// chapter is a claim and how it is shown.
type chapter struct {
	claim string
	play  func(context.Context, *claim) error
}

func (s *stage) chapters() []chapter {
	return []chapter{
		{"a node above 90 % memory takes no new pod, while others do", s.hotNodeIsSpared},
		{"where every node that it may go to is hot a pod waits, and hears why", s.podWaits},
		{"a recovery binds the waiting pod within 1 s of the tick that read it", s.recoveryWakes},
		{"an edited rule acts without a restart", s.editActs},
		{"a mistake leaves the last good rules in force, and says where it is", s.mistakeIsHarmless},
		{"a burst is placed by what it will use, before telemetry shows that", s.burstIsPlaced},
		{"asked why a pod waits, the API has rule, value, in flight, line, headroom", s.apiSaysWhy},
		{"that burst brings no node above its line; with the plain scheduler it does", s.burstIsHarmless},
		{"a node stays hot: one pod moves to its proven home, and the node cools", s.podMoves},
		{"with every other node hot too no pod moves, and it says why", s.nothingMoves},
	}
}

// patience bounds each wait of the story. metrics-server measures every 10 s.
const patience = 2 * time.Minute

// ours is a pod for our scheduler.
func ours(name string) testbed.Pod {
	return testbed.Pod{Name: name, Scheduler: testbed.SchedulerName, CPU: "500m", Memory: "1Gi", UsesMemory: calm}
}

// on pins a pod to nodes by a label.
func on(p testbed.Pod, label, value string) testbed.Pod {
	p.Change = selecting(label, value)
	return p
}

// podsRun places the pods that the story needs: two a node, one for each node of the
// edge, and those of shop and mail.
func (s *stage) podsRun(ctx context.Context) error {
	began := time.Now()
	for _, app := range []string{shop, mail} {
		if err := s.deploy(ctx, app); err != nil {
			return err
		}
	}
	var names []string
	for i := range 2 * nodeCount {
		names = append(names, fmt.Sprintf("web-%02d", i))
	}
	if err := s.addAll(ctx, names, ours); err != nil {
		return err
	}
	for i := s.edge.First; i < nodeCount; i++ {
		name := "edge-" + s.edge.Name(i)
		names = append(names, name)
		if _, err := s.bed.AddPod(ctx, on(ours(name), "kubernetes.io/hostname", s.edge.Name(i))); err != nil {
			return err
		}
	}
	err := testbed.Within(ctx, patience, func(ctx context.Context) error { return s.bed.Running(ctx, names...) })
	s.screen.say("   %d pods run after %.1f s", len(names), time.Since(began).Seconds())
	return err
}

func (s *stage) addAll(ctx context.Context, names []string, pod func(string) testbed.Pod) error {
	for _, name := range names {
		if _, err := s.bed.AddPod(ctx, pod(name)); err != nil {
			return err
		}
	}
	return nil
}

// hotNodeIsSpared fills the memory of one node, and sends as many pods as there
// are nodes: without the rule one of them would land there.
func (s *stage) hotNodeIsSpared(ctx context.Context, c *claim) error {
	if err := s.podsRun(ctx); err != nil {
		return err
	}
	pod, hot, err := s.podOffThePools(ctx)
	if err != nil {
		return err
	}
	s.screen.say("   the pod %s uses %s more on %s", pod, filling, hot)
	if err := s.heat(ctx, map[string]string{pod: hot}); err != nil {
		return err
	}
	var names []string
	for i := range nodeCount {
		names = append(names, fmt.Sprintf("late-%02d", i))
	}
	if err := s.addAll(ctx, names, ours); err != nil {
		return err
	}
	if err := testbed.Within(ctx, patience, func(ctx context.Context) error { return s.bed.Running(ctx, names...) }); err != nil {
		return err
	}
	landed, others := 0, map[string]bool{}
	for _, name := range names {
		node, err := s.bed.NodeOf(ctx, name)
		if err != nil {
			return err
		}
		others[node] = true
		if node == hot {
			landed++
		}
	}
	c.keep(landed == 0 && len(others) > 1, "%s took %d of %d new pods, %d other nodes took the rest", hot, landed, len(names), len(others))
	return nil
}

// podOffThePools finds a pod that the scheduler has put on a node of no pool.
func (s *stage) podOffThePools(ctx context.Context) (pod, node string, err error) {
	for i := range 2 * nodeCount {
		pod = fmt.Sprintf("web-%02d", i)
		node, err = s.bed.NodeOf(ctx, pod)
		if err != nil || node >= s.nodes.Name(s.nodes.First) && node < s.edge.Name(s.edge.First) {
			return pod, node, err
		}
	}
	return "", "", errors.New("all pods are on the pools")
}

// heat makes pods use much, and waits until the scheduler says of each of their
// nodes that the rule fires. They are few: of more than ten at a time its Events
// name only some.
func (s *stage) heat(ctx context.Context, nodeOf map[string]string) error {
	for pod := range nodeOf {
		s.heated = append(s.heated, pod)
		if err := s.bed.UseMemory(ctx, pod, filling); err != nil {
			return err
		}
	}
	for _, node := range nodeOf {
		if _, err := s.event(ctx, node, "TelemetryRuleFiring", ""); err != nil {
			return err
		}
	}
	return nil
}

// podWaits heats the whole edge, and sends a pod that can go nowhere else.
func (s *stage) podWaits(ctx context.Context, c *claim) error {
	hot := map[string]string{}
	for i := s.edge.First; i < nodeCount; i++ {
		hot["edge-"+s.edge.Name(i)] = s.edge.Name(i)
	}
	s.screen.say("   all %d nodes of the pool %q fill up", len(hot), edgePool)
	if err := s.heat(ctx, hot); err != nil {
		return err
	}
	if _, err := s.bed.AddPod(ctx, on(ours("waiter"), "pool", edgePool)); err != nil {
		return err
	}
	note, err := s.eventOf(ctx, "waiter", "FailedScheduling", "telemetry rule memory-above-90 (memory > 90 percent)")
	if err != nil {
		return err
	}
	node, err := s.bed.NodeOf(ctx, "waiter")
	c.keep(err == nil && node == "", "its Event: %s", part(note, "broke telemetry rule"))
	return err
}

// recoveryWakes lets one node of the edge recover. Both times are the scheduler's
// own: of its Event about the node in that tick, and of its Event about the pod.
func (s *stage) recoveryWakes(ctx context.Context, c *claim) error {
	node := s.edge.Name(s.edge.First + 1)
	s.screen.say("   %s recovers", node)
	if err := s.bed.UseMemory(ctx, "edge-"+node, calm); err != nil {
		return err
	}
	recovered, err := s.timeOf(ctx, node, "TelemetryRuleInactive")
	if err != nil {
		return err
	}
	bound, err := s.timeOf(ctx, "waiter", "Scheduled")
	if err != nil {
		return err
	}
	on, err := s.bed.NodeOf(ctx, "waiter")
	delay := bound.Sub(recovered)
	c.keep(err == nil && on == node && delay < time.Second, "bound to %s %.3f s after the tick", on, delay.Seconds())
	return err
}

// firstLine is where the rule of the manifest draws the line, in percent of a
// node's memory; strictLine is where the edited one does.
const firstLine, strictLine = 90, 40

const strictRule = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- name: memory-line
  when: {metric: memory, above: 40%}
  actions: {block: {}}
`

// editActs draws the line at 40 %, where every node is beyond it.
func (s *stage) editActs(ctx context.Context, c *claim) error {
	s.screen.say("   the rule now says 40 %%; every node uses more")
	began := time.Now()
	if err := s.writeRule(ctx, strictRule); err != nil {
		return err
	}
	s.line.Store(strictLine)
	if err := s.metricIs(ctx, nodeCount, ruleNodes, "rule", "memory-line", "state", "firing"); err != nil {
		return err
	}
	acted := time.Since(began)
	if _, err := s.bed.AddPod(ctx, ours("edited")); err != nil {
		return err
	}
	_, err := s.eventOf(ctx, "edited", "FailedScheduling", "telemetry rule memory-line (memory > 40 percent)")
	c.keep(err == nil && s.scheduler.Running(), "in force after %.1f s; the next pod waits for all %d nodes", acted.Seconds(), nodeCount)
	return err
}

// mistakeIsHarmless writes a bare number where a percentage belongs, sees that
// the pod still waits, and mends it.
func (s *stage) mistakeIsHarmless(ctx context.Context, c *claim) error {
	s.screen.say("   somebody writes \"above: 90\" and forgets the %%")
	if err := s.writeRule(ctx, strings.Replace(strictRule, "40%}", "90}", 1)); err != nil {
		return err
	}
	note, err := s.eventOf(ctx, "memory-rules", "RulesRejected", "memory.yaml:5:33")
	if err != nil {
		return err
	}
	if err := s.metricIs(ctx, 1, "telemetry_scheduler_rule_keys", "text", "last-good"); err != nil {
		return err
	}
	s.screen.say("   %s", note)
	if _, err := s.bed.AddPod(ctx, ours("after-the-mistake")); err != nil {
		return err
	}
	if _, err := s.eventOf(ctx, "after-the-mistake", "FailedScheduling", "telemetry rule memory-line (memory > 40 percent)"); err != nil {
		return err
	}
	s.screen.say("   with \"above: 90%%\" it is mended")
	began := time.Now()
	if err := s.writeRule(ctx, strings.Replace(strictRule, "40%}", "90%}", 1)); err != nil {
		return err
	}
	s.line.Store(firstLine)
	err = testbed.Within(ctx, patience, func(ctx context.Context) error { return s.bed.Running(ctx, "edited", "after-the-mistake") })
	s.screen.say("   after %.1f s it is in force, and both pods run", time.Since(began).Seconds())
	c.keep(err == nil, "%s", part(note, "memory.yaml"))
	return err
}
